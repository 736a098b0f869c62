/**
 * What the product promises, on this machine: for each model and number of items the plan, from one adaptive profile,
 * run for real beside fat, thin and default. How much faster it is, and how far from its prediction.
 *
 * `node bench/plan/sets.ts [--items 8,16,32,64] [--profile 60s] [--trial 20s] [--out FILE] [MODEL[:dim=size] …]`; about
 * three minutes a model. Wants the machine to itself. Writes `bench/results/plan-sets-CORES.json` unless told otherwise.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readMachine } from '../../src/machine/index.ts';
import { formatTuples } from '../../src/plan/index.ts';
import { median, sortSamples } from '../../src/stats/index.ts';
import type { TrialResult } from '../../src/trial/index.ts';
import { roundsOf, thinfer, writeResult } from '../support.ts';
import { type TriedPlan, tryPlan } from './try-plan.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    items: { type: 'string', default: '8,16,32,64' },
    profile: { type: 'string', default: '60s' },
    trial: { type: 'string', default: '20s' },
    out: { type: 'string' },
  },
});
const models = positionals.length > 0 ? positionals : ['resnet50', 'bert-base-uncased:sequence=128', 'gpt2'];
const { physicalCores } = readMachine();
const file = values.out ?? resolve(import.meta.dirname, `../results/plan-sets-${physicalCores}.json`);

/** One model and number of items. */
interface Row extends TriedPlan {
  readonly model: string;
  readonly items: number;
  /** How many times as fast the measured winner is as each. */
  readonly speedup: TrialResult['speedup'];
  readonly winner: string;
  readonly configurations: readonly {
    readonly names: readonly string[];
    readonly tuples: string;
    readonly medianMs: number;
    readonly interval: readonly [number, number];
    readonly predictedMs: number | null;
    readonly disturbances: readonly string[];
    /** Every run, a list for each round, in ms. */
    readonly roundsMs: readonly (readonly number[])[];
  }[];
}

function rowOf(project: string, model: string, ask: readonly string[], items: number): Row {
  const { tried, trial } = tryPlan(project, [...ask, '--items', String(items)], values.trial);
  return {
    model,
    items,
    ...tried,
    speedup: trial.speedup,
    winner: trial.winner,
    configurations: trial.configurations.map((one) => ({
      names: one.names,
      tuples: formatTuples(one.groups),
      medianMs: one.medianMs,
      interval: one.interval,
      predictedMs: one.predictedMs,
      disturbances: one.verdict.disturbances.map(({ kind }) => kind),
      roundsMs: roundsOf(project, one.name),
    })),
  };
}

const rows: Row[] = [];
const profiles: object[] = [];
for (const word of models) {
  const [model, ...dims] = word.split(':') as [string, ...string[]];
  const ask = [model, ...dims.flatMap((dim) => ['--dim', dim])];
  const project = mkdtempSync(join(tmpdir(), 'thinfer-sets-'));
  try {
    const flags = [
      '--adaptive',
      '--plan-items',
      values.items,
      '--mode',
      'together',
      '--budget',
      values.profile,
    ];
    profiles.push({ model: word, ...thinfer<object>(project, 'profile', ...ask, ...flags) });
    for (const items of values.items.split(',').map(Number)) {
      const row = rowOf(project, word, ask, items);
      rows.push(row);
      const ratios = Object.entries(row.speedup).flatMap(([name, value]) =>
        value === null || value.interval[0] === value.interval[1]
          ? []
          : [`${value.ratio.toFixed(2)}× [${value.interval.map((end) => end.toFixed(2))}] over ${name}`],
      );
      process.stdout.write(
        `${word}, ${items} items: ${row.plan} ${row.measuredMs.toPrecision(3)} ms (predicted ${row.predictedMs.toPrecision(3)}), ${ratios.join(', ')}\n`,
      );
      writeResult(file, { asked: { ...values, out: undefined }, summary: summaryOf(rows), rows, profiles });
    }
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}
process.stdout.write(`${JSON.stringify(summaryOf(rows), null, 2)}\n`);

function summaryOf(all: readonly Row[]): object {
  const errors = all.map(({ measuredMs, predictedMs }) => measuredMs / predictedMs - 1);
  const medianOf = (numbers: readonly number[]): number => median(sortSamples(numbers));
  const ratios = (name: keyof TrialResult['speedup']): number[] =>
    all.flatMap(({ speedup }) => speedup[name]?.ratio ?? []);
  return {
    medianAbsoluteError: medianOf(errors.map(Math.abs)),
    medianError: medianOf(errors),
    within: all.filter(({ within }) => within === true).length / all.length,
    medianSpeedup: Object.fromEntries(
      (['fat', 'thin', 'default'] as const).map((name) => [
        name,
        ratios(name).length > 0 ? medianOf(ratios(name)) : null,
      ]),
    ),
  };
}
