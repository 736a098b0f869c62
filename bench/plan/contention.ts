/**
 * How much slower instances are beside others on this machine, and how well the contention model tells it: cells of
 * several models measured alone and together, the model fitted to all but one and asked about that one.
 *
 * `node bench/plan/contention.ts [--threads 1,2,4] [--batches 1,8] [--budget 40s] [--out FILE] [MODEL[:dim=size] …]`.
 * Wants the machine to itself. Writes `bench/results/plan-contention-CORES.json` unless told otherwise.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { readMachine } from '../../src/machine/index.ts';
import { type ContentionPair, contentionFactor, fitContention } from '../../src/plan/index.ts';
import { median, sortSamples } from '../../src/stats/index.ts';
import type { StoredContention } from '../../src/store/index.ts';
import { thinfer, writeResult } from '../support.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '1,2,4' },
    batches: { type: 'string', default: '1,8' },
    budget: { type: 'string', default: '40s' },
    out: { type: 'string' },
  },
});
const models =
  positionals.length > 0
    ? positionals
    : ['resnet50', 'inception-v3', 'bert-base-uncased:sequence=128', 'gpt2:sequence=128'];
const { physicalCores } = readMachine();
const file = values.out ?? resolve(import.meta.dirname, `../results/plan-contention-${physicalCores}.json`);

const pairs: ContentionPair[] = [];
for (const word of models) {
  const [model, ...dims] = word.split(':') as [string, ...string[]];
  const project = mkdtempSync(join(tmpdir(), 'thinfer-contention-'));
  try {
    thinfer(
      project,
      ...['profile', model, ...dims.flatMap((dim) => ['--dim', dim]), '--mode', 'both'],
      ...['--threads', values.threads, '--batches', values.batches, '--budget', values.budget],
    );
    pairs.push(...pairsIn(project).map((pair) => ({ ...pair, group: word })));
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** All pairs of a project that knows one machine. */
function pairsIn(project: string): Omit<ContentionPair, 'group'>[] {
  using database = new DatabaseSync(join(project, 'thinfer.db'), { readOnly: true });
  return database
    .prepare('SELECT json FROM contention')
    .all()
    .flatMap(({ json }) => (JSON.parse(String(json)) as StoredContention).pairs);
}

const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);
const judged = pairs.map((pair) => {
  const others = fitContention(pairs.filter(({ group }) => group !== pair.group));
  const foretold = others === null ? null : contentionFactor(others, pair).factor;
  return { ...pair, foretold, error: foretold === null ? null : pair.ratio / foretold - 1 };
});
for (const model of models) {
  const of = judged.filter((pair) => pair.group === model);
  const ratios = sortSamples(of.map(({ ratio }) => ratio));
  process.stdout.write(
    `${model}: together over alone ${median(ratios).toFixed(3)} (${ratios[0]!.toFixed(3)} to ${ratios.at(-1)!.toFixed(3)}), ${of.length} cells\n`,
  );
}
const medianOf = (numbers: readonly number[]): number | null =>
  numbers.length > 0 ? median(sortSamples(numbers)) : null;
const errors = judged.flatMap(({ error }) => (error === null ? [] : [Math.abs(error)]));
const summary = {
  fit: fitContention(pairs),
  medianError: medianOf(errors),
  largestError: errors.length > 0 ? Math.max(...errors) : null,
  medianErrorUncorrected: medianOf(pairs.map(({ ratio }) => Math.abs(ratio - 1))),
};
process.stdout.write(
  `a model that the fit never saw: median error ${percent(summary.medianError)}, without a contention model ${percent(summary.medianErrorUncorrected)}\n`,
);
writeResult(file, { asked: { ...values, out: undefined }, summary, pairs: judged });
