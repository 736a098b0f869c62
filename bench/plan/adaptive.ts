/**
 * Replays adaptive profiles on every published series and on generated tables: regret against the best plan of the full
 * table. Beside the published ones the generated ones show whether the rules hold where nobody looked.
 * `node bench/plan/adaptive.ts [SEEDS] [NAME]`; takes a quarter of an hour. Generated tables have one seed each. With a
 * part of a question's name only that one is replayed, and nothing is written.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { type PlanningCase, simulateAdaptive } from '../../src/plan/adaptive/index.ts';
import type { Cell } from '../../src/plan/index.ts';
import { solve } from '../../src/plan/solve.ts';
import { readTable, seriesOf } from '../../src/table/index.ts';
import { generatedTable } from '../../test/support/generated-table.ts';
import { saveResult } from '../support.ts';

const seedCount = Number(process.argv[2] ?? 2);
const wanted = process.argv[3] ?? '';
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const items = [8, 16, 32, 64, 128, 256, 512, 1024];
const cross = (cores: readonly number[], counts: readonly number[]): PlanningCase[] =>
  cores.flatMap((T) => counts.map((B) => ({ cores: T, items: B })));

interface Question {
  readonly name: string;
  /** Replayed one by one; each from cells of its own. */
  readonly sets: readonly (readonly PlanningCase[])[];
  readonly measurements: number;
  readonly noise?: number;
  /** In per cent; null: no target. */
  readonly target: { readonly mean: number; readonly max: number | null };
}

const questions: readonly Question[] = [
  { name: '16 cores', sets: [cross([16], items)], measurements: 16, target: { mean: 0.1, max: 3 } },
  { name: '4, 8 and 16 cores', sets: [cross([4, 8, 16], items)], measurements: 24, target: { mean: 0.1, max: 3 } },
  { name: 'every number of cores to 16', sets: [cross(range(16), items)], measurements: 60, target: { mean: 1, max: 5 } },
  { name: '16 cores, 3 % noise', sets: [cross([16], items)], measurements: 30, noise: 0.03, target: { mean: 0.2, max: 5 } },
  { name: 'one B known', sets: items.map((B) => cross([16], [B])), measurements: 5, target: { mean: 0.3, max: null } },
  { name: '10 to 300 items, 6 to 15 cores', sets: [cross([6, 12, 15], [10, 12, 100, 300])], measurements: 40, target: { mean: 1, max: null } },
]; // biome-ignore format: a table

const folder = join(import.meta.dirname, '..', '..', 'test', 'data', 'packrat');
const published = globSync('**/*latency.csv', { cwd: folder })
  .sort()
  .flatMap((file) => seriesOf(readTable(join(folder, file))))
  .map(({ cells }) =>
    cells
      .filter(({ batch }) => batch <= 1024)
      .map(({ threads, batch, latencyMs }): Cell => ({ threads, batch, latencyMs, fitted: false })),
  );
const generated = range(20).map((seed) =>
  generatedTable(
    1000 + seed,
    range(16),
    range(11).map((power) => 2 ** (power - 1)),
  ),
);

function regretsOf(
  tables: readonly (readonly Cell[])[],
  question: Question,
  seeds: readonly number[],
): number[] {
  const { sets, measurements, noise = 0 } = question;
  return tables.flatMap((cells) =>
    seeds.flatMap((seed) =>
      sets.flatMap((set) => {
        const cases = set.filter(({ cores, items: B }) => solve(cells, cores, B) !== null);
        return simulateAdaptive({ cells, cases, measurements, noise, seed }).cases.map(
          ({ regret }) => regret,
        );
      }),
    ),
  );
}

const percent = (regret: number): number => Math.round(regret * 1e5) / 1e3;
const rows = questions
  .filter(({ name }) => name.includes(wanted))
  .map((question) => {
    const { name, measurements, target } = question;
    const summary = (regrets: readonly number[]) => ({
      mean: percent(regrets.reduce((sum, regret) => sum + regret, 0) / regrets.length),
      max: percent(Math.max(...regrets)),
      cases: regrets.length,
      /** Share of the cases with more than the largest regret that is wanted, in per cent. */
      above: percent(
        regrets.filter((regret) => regret > (target.max ?? Number.POSITIVE_INFINITY) / 100).length /
          regrets.length,
      ),
    });
    const ours = summary(regretsOf(published, question, range(seedCount)));
    const theirs = summary(regretsOf(generated, question, [1]));
    const reached = ours.mean < target.mean && (target.max === null || ours.max < target.max);
    console.log(
      `${name}, ${measurements} measurements: mean ${ours.mean} %, largest ${ours.max} %, ${ours.above} % of ${ours.cases} cases above (wanted: ${target.mean} %, ${target.max ?? 'any'}) ${reached ? 'reached' : 'NOT REACHED'}; generated tables: mean ${theirs.mean} %, largest ${theirs.max} %`,
    );
    return { name, measurements, target, reached, published: ours, generated: theirs };
  });
if (wanted === '') saveResult('plan-adaptive', { seeds: seedCount, series: published.length, rows });
