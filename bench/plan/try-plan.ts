import { type ExplainedAnswer, formatTuples } from '../../src/plan/index.ts';
import type { TrialConfiguration, TrialResult } from '../../src/trial/index.ts';
import { thinfer } from '../support.ts';

/** A plan as it was predicted, and as a trial measured it. */
export interface TriedPlan {
  readonly plan: string;
  readonly cells: string;
  readonly fitted: boolean;
  readonly predictedMs: number;
  /** Where its median was said to lie, 95 %; null where nothing was said. */
  readonly stated: readonly [number, number] | null;
  readonly measuredMs: number;
  readonly measuredInterval: readonly [number, number];
  readonly within: boolean | null;
}

/** Plans from what a project holds, and tries the best two plans beside the baselines. */
export function tryPlan(
  project: string,
  ask: readonly string[],
  budget: string,
): { readonly tried: TriedPlan; readonly row: TrialConfiguration; readonly trial: TrialResult } {
  const { best } = thinfer<ExplainedAnswer>(project, 'plan', ...ask);
  const trial = thinfer<TrialResult>(project, 'try', ...ask, '--plans', '2', '--budget', budget);
  const row = trial.configurations.find(({ names }) => names.includes('plan'))!;
  const tried: TriedPlan = {
    plan: formatTuples(best.groups),
    cells: best.cells,
    fitted: best.fitted,
    predictedMs: row.predictedMs!,
    stated: row.prediction?.stated ?? null,
    measuredMs: row.medianMs,
    measuredInterval: row.interval,
    within: row.prediction?.within ?? null,
  };
  return { tried, row, trial };
}
