import { z } from 'zod';
import { ThinferError } from '../../errors.ts';
import { machineToJson } from '../../machine/index.ts';
import { failureCode, type ProfileResult } from '../../profile/index.ts';
import { formatCount } from '../../report/format.ts';
import { contendersOf, type TrialResult } from '../../trial/index.ts';
import { mergeProfiles, runAdaptive } from '../adaptive-profile.ts';
import { defaultReportFile } from '../default-report-file.ts';
import { count, parseFlags, path } from '../flags.ts';
import {
  planFrom,
  runProfile,
  runTrial,
  storedPoints,
  storedRules,
  storedTrial,
  subjectHash,
} from '../measure.ts';
import { gridSchema } from '../measuring-flags.ts';
import { profileSummary } from '../profile-summary.ts';
import { repeatCommand } from '../repeat-command.ts';
import { type ReportFiles, reportDataOf, writeReport } from '../report-files.ts';
import { openSession, type Session } from '../session.ts';
import { formatTrial } from '../trial-table.ts';

export const tuneSchema = gridSchema.extend({
  plans: count.default(3),
  grid: z.boolean().default(false),
  out: path.optional(),
});

/** Of the budget, the trial has this share, and the profile the rest. */
const trialShare = 1 / 3;
const defaultBudgetMs = 200_000;

/** `thinfer tune MODEL`: from a model to its best measured configuration and a page, in one command. */
export async function tuneCommand(name: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(tuneSchema, rawFlags);
  if (flags.mode === 'alone')
    throw new ThinferError('usage', '--mode alone: plans are made from cells measured together', {
      remedy: 'leave --mode out, or use `thinfer profile` for the curves of one instance',
    });
  await using session = await openSession(name, flags);
  const { cores, items, model, store, terminal } = session;
  terminal.notice(
    `${model.name}: ${formatCount(model.parameters)} parameters, ${items} items on ${cores} cores (${session.machine.cpuModel})`,
  );
  const budgetMs = flags.budget ?? defaultBudgetMs;
  const measured = await profileFor(session, flags, budgetMs * (1 - trialShare));
  const failed = measured.points.find((point) => point.state === 'failed');
  if (failed?.state === 'failed' && measured.points.every(({ state }) => state === 'failed'))
    throw new ThinferError(
      failureCode(failed.failure),
      `no cell could be measured; the first failed with: ${failed.message}`,
    );
  const points = storedPoints(session, store);
  const rules = storedRules(session, store);
  const plan = planFrom(points, { cores, items, fit: true, store, alternatives: flags.plans - 1 });
  const writePage = async (trial: TrialResult | null): Promise<ReportFiles> =>
    writeReport(
      await reportDataOf(session, { points, rules, plan, trial, command: repeatCommand('tune') }),
      flags.out ?? defaultReportFile(flags.project, session),
    );
  const contenders = contendersOf(plan, flags.plans - 1);
  const trial = await runTrial(session, contenders, 'trial', budgetMs * trialShare).catch(async (thrown) => {
    throw await withPage(ThinferError.from(thrown), writePage(storedTrial(session, store)));
  });
  const files = await writePage(trial);
  const { items: _, cores: __, ...summary } = trial;
  const answer = {
    model: model.name,
    machine: machineToJson(session.machine),
    profile: profileSummary(measured),
    plan,
    trial: summary,
    report: files.html,
  };
  store.addResult('tune', subjectHash(session), answer);
  if (terminal.json) terminal.print(JSON.stringify(answer, null, 2));
  else
    terminal.print(
      `\n${formatTrial(trial, terminal)}\n\npage  ${files.html}\ndata  ${files.csv}\n      ${files.json}`,
    );
}

/** The cells that decide the plan first, one after the other; what is left of the budget goes to the rest of the grid. */
async function profileFor(
  session: Session,
  flags: z.output<typeof tuneSchema>,
  budgetMs: number,
): Promise<ProfileResult> {
  if (flags.grid) return runProfile(session, flags, budgetMs);
  const cases = [{ cores: session.cores, items: session.items }];
  const deciding = await runAdaptive(session, flags, cases, budgetMs);
  const leftMs = Math.max(0, budgetMs - deciding.seconds * 1000);
  return mergeProfiles(deciding, await runProfile(session, { ...flags, again: false }, leftMs));
}

/** The same error with one line more: where the page is that was written in spite of it. */
async function withPage(error: ThinferError, page: Promise<ReportFiles>): Promise<ThinferError> {
  const line = await page.then(
    ({ html }) => `profile and plan are on the page ${html}`,
    (problem) => ThinferError.from(problem).message,
  );
  const remedy = error.remedy === undefined ? line : `${error.remedy}\n  ${line}`;
  return new ThinferError(error.code, error.message, { remedy, cause: error });
}
