/**
 * Predicted against measured time of the whole set, for the plan of every model of the zoo that is small enough: each is
 * profiled, planned and tried as a user does it, in a project of its own. Wants the machine to itself, for ten minutes.
 *
 * Where the machine is faster in one minute than in the next, a time can't be foretold better than that. What plans are
 * chosen by is how times compare, so the ratios of plan and baselines are foretold and measured too: rounds of a trial
 * are interleaved, as visits of a profile are, so both sides of a ratio had the same minutes.
 *
 * `node bench/plan/prediction.ts` writes `bench/results/plan-prediction.json`; with names of models it only prints.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zoo } from '../../src/model/zoo/zoo.ts';
import { mean, median, sortSamples } from '../../src/stats/index.ts';
import { roundsOf, saveResult, thinfer } from '../support.ts';
import { type TriedPlan, tryPlan } from './try-plan.ts';

/** A set of more work takes too long to be run often enough. */
const mostFlops = 5e10;
const mostItems = 16;
const profileBudget = '30s';
const trialBudget = '20s';
/** To be reached: the median error, and the share of the plans whose time lies where they said it would. */
const targets = { medianError: 0.03, within: 0.9 };

interface Prediction extends TriedPlan {
  readonly model: string;
  readonly items: number;
  /** Measured over predicted, less 1. */
  readonly error: number;
  /** Of each other predicted configuration: its time over the plan's as measured, over the same as predicted, less 1. */
  readonly ratioErrors: Readonly<Record<string, number>>;
  readonly disturbances: readonly string[];
  /** Every run of the set, disturbed ones included, a list for each round, in ms. */
  readonly roundsMs: readonly (readonly number[])[];
}

/** As many items, in powers of two, as a run has time for; null where two are too many. */
function itemsOf(flopsPerItem: number): number | null {
  const most = Math.min(mostItems, mostFlops / flopsPerItem);
  return most < 2 ? null : 2 ** Math.floor(Math.log2(most));
}

function predict(model: string, items: number): Prediction {
  const project = mkdtempSync(join(tmpdir(), 'thinfer-prediction-'));
  try {
    const ask = [model, '--items', String(items)];
    thinfer(project, 'profile', ...ask, '--mode', 'together', '--budget', profileBudget);
    const { tried, row, trial } = tryPlan(project, ask, trialBudget);
    const others = trial.configurations.filter((one) => one !== row && one.predictedMs !== null);
    return {
      model,
      items,
      ...tried,
      error: row.prediction!.ratio - 1,
      ratioErrors: Object.fromEntries(
        others.map(({ name, medianMs, predictedMs }) => [
          name,
          medianMs / row.medianMs / (predictedMs! / row.predictedMs!) - 1,
        ]),
      ),
      disturbances: row.verdict.disturbances.map(({ kind }) => kind),
      roundsMs: roundsOf(project, row.name),
    };
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : zoo.map(({ name }) => name);
const project = mkdtempSync(join(tmpdir(), 'thinfer-prediction-'));
const leftOut: string[] = [];
const predictions: Prediction[] = [];
for (const name of names) {
  const { flopsPerItem } = thinfer<{ flopsPerItem: number }>(project, 'model', 'show', name);
  const items = itemsOf(flopsPerItem);
  if (items === null) {
    leftOut.push(name);
    continue;
  }
  const one = predict(name, items);
  predictions.push(one);
  const percent = (one.error * 100).toFixed(1);
  const stated = one.stated?.map((ms) => ms.toPrecision(3)).join('–') ?? 'nothing';
  process.stdout.write(
    `${name}: ${one.plan} predicted ${one.predictedMs.toPrecision(3)} ms, took ${one.measuredMs.toPrecision(3)} ms (${percent} %), stated ${stated}${one.disturbances.length > 0 ? `, disturbed by ${one.disturbances.join(', ')}` : ''}\n`,
  );
}
rmSync(project, { recursive: true, force: true });
const ratioErrors = predictions.flatMap((one) => Object.values(one.ratioErrors).map(Math.abs));
const summary = {
  medianRatioError: ratioErrors.length > 0 ? median(sortSamples(ratioErrors)) : null,
  medianError: median(sortSamples(predictions.map(({ error }) => Math.abs(error)))),
  meanError: mean(predictions.map(({ error }) => error)),
  within: mean(predictions.map(({ within }) => Number(within ?? false))),
  targets,
};
process.stdout.write(
  `ratios of configurations: median error ${((summary.medianRatioError ?? Number.NaN) * 100).toFixed(1)} %; times: median error ${(summary.medianError * 100).toFixed(1)} % (wanted: ${targets.medianError * 100}), ${(summary.within * 100).toFixed(0)} % within what was stated (wanted: ${targets.within * 100})\n`,
);
if (asked.length === 0)
  saveResult('plan-prediction', { profileBudget, trialBudget, summary, leftOut, predictions });
