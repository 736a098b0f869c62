import { z } from 'zod';
import { ThinferError } from '../../errors.ts';
import { type Group, groupsSyntax, parseGroups } from '../../plan/index.ts';
import { contendersFor, contendersOf } from '../../trial/index.ts';
import { count, duration, parseFlags } from '../flags.ts';
import { planFrom, predictionOf, runTrial, storedPoints } from '../measure.ts';
import { settingsSchema } from '../measuring-flags.ts';
import { openSession } from '../session.ts';
import { formatTrial } from '../trial-table.ts';

const configuration = z.string().transform((text, context): Group[] => {
  const groups = parseGroups(text);
  if (groups !== null) return groups;
  context.addIssue({ code: 'custom', message: `"${text}" is not ${groupsSyntax}` });
  return z.NEVER;
});

export const trySchema = settingsSchema.extend({
  config: configuration.optional(),
  plans: count.default(3),
  budget: duration.default(60_000),
});

/** `thinfer try MODEL`: runs the best few plans and the baselines for real, interleaved, until they part. */
export async function tryCommand(name: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(trySchema, rawFlags);
  await using session = await openSession(name, flags);
  const { cores, items, store, terminal } = session;
  const { config, plans, budget } = flags;
  if (config !== undefined) checkConfiguration(config, cores, items);
  const points = storedPoints(session, store);
  const ask = { cores, items, fit: true, store, alternatives: plans - 1 };
  const contenders =
    config === undefined
      ? contendersOf(planFrom(points, ask), plans - 1)
      : contendersFor(config, cores, items, predictionOf(points, ask));
  const result = await runTrial(session, contenders, config === undefined ? 'trial' : 'trial-given', budget);
  terminal.print(terminal.json ? JSON.stringify(result, null, 2) : formatTrial(result, terminal));
}

function checkConfiguration(groups: readonly Group[], cores: number, items: number): void {
  const used = groups.reduce((sum, { instances, threads }) => sum + instances * threads, 0);
  const held = groups.reduce((sum, { instances, batch }) => sum + instances * batch, 0);
  const problems = [
    ...(used > cores ? [`it needs ${used} cores and there are ${cores}`] : []),
    ...(held < items ? [`it holds ${held} items and ${items} are asked for`] : []),
  ];
  if (problems.length > 0)
    throw new ThinferError('usage', `--config: ${problems.join('; ')}`, {
      remedy: 'give smaller instances, larger batches, or other --items',
    });
}
