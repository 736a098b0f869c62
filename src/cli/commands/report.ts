import { z } from 'zod';
import { ThinferError } from '../../errors.ts';
import type { PlanAnswer } from '../../plan/index.ts';
import { formatPlural } from '../../report/format.ts';
import { nearestPoints } from '../../report/nearest-points.ts';
import { defaultReportFile } from '../default-report-file.ts';
import { parseFlags, path } from '../flags.ts';
import { planFrom, storedPoints, storedRules, storedTrial } from '../measure.ts';
import { settingsSchema } from '../measuring-flags.ts';
import { repeatCommand } from '../repeat-command.ts';
import { reportDataOf, writeReport } from '../report-files.ts';
import { readServing } from '../serving-file.ts';
import { openStored, openSubject } from '../session.ts';

export const reportSchema = settingsSchema.extend({
  out: path.optional(),
  serving: path.optional(),
  pricePerHour: z.undefined({ error: 'goes with --site DIR only' }).optional(),
  only: z.undefined({ error: 'goes with --site DIR only' }).optional(),
});

/** `thinfer report MODEL`: draws the page anew from what is stored. */
export async function reportCommand(names: readonly string[], rawFlags: unknown): Promise<void> {
  const flags = parseFlags(reportSchema, rawFlags);
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw new ThinferError('usage', `a page is of one model, not of ${names.length}`, {
      remedy:
        'name one: thinfer report MODEL; or write a site of several, or of all: thinfer report --site DIR [MODEL…]',
    });
  const subject = await openSubject(name, flags);
  // Before anything is drawn: a wrong file is said at once.
  const serving =
    flags.serving === undefined ? undefined : readServing(flags.serving, subject.model, subject.dims);
  using store = openStored(flags.project, subject);
  const { cores, items, model, terminal } = subject;
  const points = storedPoints(subject, store);
  const answering = (['together', 'alone'] as const).flatMap((mode) => nearestPoints(points, mode, cores));
  if (answering.length === 0)
    throw new ThinferError(
      'not-found',
      `${store.file}: no point of ${model.name} for ${formatPlural(cores, 'core')} with these settings`,
      { remedy: `measure some first: thinfer profile ${name}` },
    );
  const data = await reportDataOf(subject, {
    points,
    rules: storedRules(subject, store),
    plan: planOrNull(() => planFrom(points, { cores, items, fit: true, store })),
    trial: storedTrial(subject, store),
    command: repeatCommand('tune'),
  });
  const files = await writeReport(
    serving === undefined ? data : { ...data, serving },
    flags.out ?? defaultReportFile(flags.project, subject),
  );
  terminal.print(terminal.json ? JSON.stringify(files, null, 2) : Object.values(files).join('\n'));
}

function planOrNull(make: () => PlanAnswer): PlanAnswer | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof ThinferError && error.code === 'no-plan') return null;
    throw error;
  }
}
