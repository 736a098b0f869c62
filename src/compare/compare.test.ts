import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Random, seededRandom } from '../stats/index.ts';
import {
  type CompareOptions,
  compareCells,
  compareEnvironments,
  type GridComparison,
  type Measurement,
  matchCells,
  type SideCell,
  sharedSeries,
} from './index.ts';

const options: CompareOptions = { threshold: 0.05, alpha: 0.05, judgeDisturbed: false };

const cell = (over: Partial<SideCell> & { readonly measurement: Measurement }): SideCell => ({
  columns: { benchmark: 'tiny', allocator: 'glibc' },
  threads: 1,
  batch: 1,
  modelHash: 'abc',
  method: '1',
  source: 'a point',
  runs: [],
  ...over,
});

const sampled = (visitMs: readonly number[], disturbances: readonly string[] = []): Measurement => ({
  state: 'sampled',
  visitMs,
  firstVisits: 3,
  medianMs: visitMs[1] ?? visitMs[0]!,
  disturbances,
});

const compare = (
  a: readonly SideCell[],
  b: readonly SideCell[],
  over: Partial<CompareOptions> = {},
): GridComparison => compareCells(matchCells(a, b, new Set()).cells, { ...options, ...over });

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Half of what 95 % of Student's t lie within, over the root of n, for n = 3 … 30. */
const student = [4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045]; // biome-ignore format: a table

interface Grid {
  readonly cells: number;
  /** Visits are made until their interval is ± 1 %, as thinfer does; otherwise exactly three. */
  readonly stops: boolean;
  /** Standard deviation of the logarithm of the cells' spreads. */
  readonly unequal: number;
  /** Spread of B's visits over A's. */
  readonly noisier?: number;
  /** A tenth of the visits is slow, by much. */
  readonly skewed?: boolean;
}

/** The medians of a cell's visits; what changes from visit to visit has the standard deviation `spread`. */
function visitsOf(
  random: Random,
  centreMs: number,
  spread: number,
  { stops, skewed = false }: Grid,
): number[] {
  const logs: number[] = [];
  for (;;) {
    const slow = skewed && random() < 0.1 ? -3 * Math.log(1 - random()) : 0;
    logs.push(spread * (normal(random) + slow));
    const n = logs.length;
    if (n < 3) continue;
    const mean = logs.reduce((sum, log) => sum + log, 0) / n;
    const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (n - 1);
    if (!stops || n >= 30 || student[n - 3]! * Math.sqrt(variance / n) <= 0.01) break;
  }
  return logs.map((log) => centreMs * Math.exp(log));
}

/** A grid of equal cells on both sides; the first of B is slower by `planted`. */
function simulate(random: Random, grid: Grid, planted = 0): GridComparison {
  const sides = Array.from({ length: grid.cells }, (_, index) => {
    const centreMs = 10 * (index + 1);
    const spread = 0.01 * Math.exp(grid.unequal * normal(random));
    const slower = index === 0 ? 1 + planted : 1;
    const a = visitsOf(random, centreMs, spread, grid);
    const b = visitsOf(random, centreMs * slower, spread * (grid.noisier ?? 1), grid);
    return [a, b].map((visitMs) => cell({ batch: index + 1, measurement: sampled(visitMs) }));
  });
  return compare(
    sides.map(([a]) => a!),
    sides.map(([, b]) => b!),
  );
}

const differs = ({ cells, geometricInterval }: GridComparison): boolean =>
  cells.some(({ verdict }) => verdict !== 'no difference') ||
  geometricInterval![0] > 1 ||
  geometricInterval![1] < 1;

describe('a comparison of equal sides', () => {
  const grids: readonly [string, Grid, number][] = [
    ['60 cells as thinfer samples them', { cells: 60, stops: true, unequal: 0.7 }, 0.05],
    ['40 cells that spread most differently', { cells: 40, stops: true, unequal: 1.2 }, 0.05],
    ['20 cells, B three times as noisy', { cells: 20, stops: true, unequal: 0.5, noisier: 3 }, 0.05],
    ['10 cells', { cells: 10, stops: true, unequal: 0.7 }, 0.05],
    ['10 cells, B ten times as noisy', { cells: 10, stops: true, unequal: 0.5, noisier: 10 }, 0.05],
    ['40 cells with slow visits', { cells: 40, stops: true, unequal: 0.7, skewed: true }, 0.05],
    ['40 cells of exactly three visits', { cells: 40, stops: false, unequal: 0.5 }, 0.05],
  ];
  for (const [what, grid, alpha] of grids)
    it(`finds a difference in at most ${alpha * 100} % of grids: ${what}`, () => {
      const random = seededRandom(1);
      const alarms = Array.from({ length: 500 }, () => simulate(random, grid)).filter(differs).length;
      // Three standard deviations of a share of 500 are above the nominal one.
      const most = alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / 500);
      assert.ok(alarms / 500 <= most, `${alarms} of 500`);
    });
});

describe('a planted slowdown of 10 %', () => {
  for (const [what, grid, least] of [
    ['60 cells', { cells: 60, stops: true, unequal: 0.7 }, 0.9],
    ['20 cells', { cells: 20, stops: true, unequal: 0.7 }, 0.95],
    ['10 cells', { cells: 10, stops: true, unequal: 0.5 }, 0.8],
  ] as const)
    it(`is found among ${what}, in the cell where it is`, () => {
      const random = seededRandom(2);
      const found = Array.from({ length: 100 }, () => simulate(random, grid, 0.1)).filter(
        ({ cells }) => cells[0]!.verdict === 'slower',
      );
      assert.ok(found.length / 100 >= least, `${found.length} of 100`);
    });

  it('is covered by its interval', () => {
    const random = seededRandom(3);
    const covered = Array.from({ length: 200 }, () =>
      simulate(random, { cells: 20, stops: true, unequal: 0.7 }, 0.1),
    ).filter(({ cells: [first] }) => first!.interval![0] <= 1.1 && 1.1 <= first!.interval![1]);
    assert.ok(covered.length >= 198, `${covered.length} of 200`);
  });
});

describe('verdicts', () => {
  const base = sampled([10, 10.02, 9.98]);
  const verdictOf = (a: SideCell | null, b: SideCell | null, over: Partial<CompareOptions> = {}) =>
    compare(a === null ? [] : [a], b === null ? [] : [b], over).cells[0]!;
  const measured = cell({ measurement: base });

  it('say faster, slower, or that no difference was shown', () => {
    const against = (factor: number) =>
      verdictOf(measured, cell({ measurement: sampled([10 * factor, 10.02 * factor, 9.98 * factor]) }));
    assert.equal(against(1.2).verdict, 'slower');
    assert.equal(against(1.2).regression, true);
    assert.ok(Math.abs(against(1.2).ratio! - 1.2) < 1e-9);
    assert.equal(against(0.8).verdict, 'faster');
    assert.deepEqual(
      [against(1).verdict, against(1).within, against(1).regression],
      ['no difference', true, false],
    );
    // Slower for sure, and by less than the threshold.
    assert.deepEqual([against(1.03).verdict, against(1.03).regression], ['slower', false]);
    assert.equal(
      verdictOf(measured, cell({ measurement: sampled([10.3, 10.32, 10.28]) }), { threshold: 0.01 })
        .regression,
      true,
    );
  });

  it('say why cells are not comparable, and show their ratio all the same', () => {
    const average: Measurement = { state: 'average', latencyMs: 12, minMs: 11, maxMs: null };
    const failed: Measurement = { state: 'failed', message: 'no room' };
    const cases: [SideCell | null, SideCell | null, string, number | null][] = [
      [measured, null, 'only in A', null],
      [null, measured, 'only in B', null],
      [measured, cell({ measurement: failed }), 'failed in B', null],
      [cell({ measurement: failed }), measured, 'failed in A', null],
      [cell({ measurement: failed }), cell({ measurement: failed }), 'failed in both', null],
      [measured, cell({ measurement: base, modelHash: 'def' }), 'other model', 1],
      [measured, cell({ measurement: base, method: '2' }), 'other method', 1],
      [measured, cell({ measurement: average }), 'averages only', 1.2],
      [measured, cell({ measurement: sampled([11]) }), 'one visit', 1.1],
      [measured, cell({ measurement: sampled([10, 10.02, 9.98], ['other load']) }), 'disturbed', 1],
    ];
    for (const [a, b, obstacle, ratio] of cases) {
      const found = verdictOf(a, b);
      assert.equal(found.obstacle, obstacle);
      assert.equal(found.verdict, 'not comparable');
      assert.ok(found.because!.length > 0);
      assert.equal(found.interval, null);
      assert.equal(found.regression, obstacle === 'failed in B');
      if (ratio === null) assert.equal(found.ratio, null);
      else assert.ok(Math.abs(found.ratio! - ratio) < 1e-5, `${obstacle}: ${found.ratio}`);
    }
    assert.match(verdictOf(measured, cell({ measurement: failed })).because!, /B: no room/);
    assert.equal(
      verdictOf(measured, cell({ measurement: sampled([10, 10.02, 9.98], ['other load']) }), {
        judgeDisturbed: true,
      }).verdict,
      'no difference',
    );
  });

  it('are not given to the same runs on both sides, whole or in part', () => {
    const runs = ['one 10', 'two 10.02', 'three 9.98'];
    const first = cell({ measurement: base, runs });
    const same = verdictOf(first, cell({ measurement: base, runs }));
    assert.deepEqual([same.obstacle, same.verdict, same.within], ['same runs', 'not comparable', false]);
    assert.match(same.because!, /one measurement, not two/);
    const more = sampled([10, 10.02, 9.98, 10.4]);
    const inPart = verdictOf(first, cell({ measurement: more, runs: [...runs, 'four 10.4'] }));
    assert.equal(inPart.obstacle, 'same runs');
    assert.match(inPart.because!, /3 of A’s 3 visits and B’s 4 are the same/);
    const again = cell({ measurement: base, runs: ['four 10', 'five 10.02', 'six 9.98'] });
    assert.equal(verdictOf(first, again).verdict, 'no difference');
    const average: Measurement = { state: 'average', latencyMs: 12, minMs: null, maxMs: null };
    const ofTable = cell({ measurement: average, runs: ['a.csv:2'] });
    assert.equal(verdictOf(ofTable, ofTable).obstacle, 'same runs');
    // Their ratio of 1 says nothing, and is no part of the mean.
    const [a, b] = [12, 24].map((latencyMs) => cell({ batch: 2, measurement: { ...average, latencyMs } }));
    assert.ok(Math.abs(compare([first, a!], [first, b!]).geometricMean! - 2) < 1e-9);
  });

  it('leave out series of which one side has nothing, and no single cell', () => {
    const cells = [
      { columns: { precision: 'original' }, batch: 1 },
      { columns: { precision: 'original' }, batch: 2 },
      { columns: { precision: 'int8' }, batch: 1 },
    ].map((one) => cell({ measurement: base, ...one }));
    const shared = sharedSeries(matchCells(cells, cells.slice(0, 1), new Set()).cells);
    assert.deepEqual(
      shared.cells.map(({ batch, b }) => [batch, b !== null]),
      [
        [1, true],
        [2, false],
      ],
    );
    assert.deepEqual(shared.elsewhere, { a: 1, b: 0 });
  });

  it('of a grid count cells, and give the mean of those that were compared', () => {
    const b = (batch: number, factor: number) =>
      cell({ batch, measurement: sampled([10 * factor, 10.02 * factor, 9.98 * factor]) });
    const a = [1, 2, 3].map((batch) => cell({ batch, measurement: base }));
    const grid = compare(a, [b(1, 1.2), b(2, 0.8), b(4, 1)]);
    assert.deepEqual(grid.counts, { faster: 1, slower: 1, 'no difference': 0, 'not comparable': 2 });
    assert.deepEqual(grid.obstacles, { 'only in A': 1, 'only in B': 1 });
    assert.equal(grid.verdict, 'mixed');
    assert.ok(Math.abs(grid.geometricMean! - Math.sqrt(1.2 * 0.8)) < 1e-9);
    assert.equal(compare(a, [b(1, 1.2), b(2, 1.2), b(3, 1)]).verdict, 'slower');
    assert.equal(compare(a, [b(1, 1), b(2, 1), b(3, 1)]).verdict, 'no difference');
    assert.equal(compare(a, []).verdict, 'not comparable');
  });

  it('of averages alone are none, and their mean has no interval', () => {
    const averages = (factor: number) =>
      [1, 2].map((batch) =>
        cell({ batch, measurement: { state: 'average', latencyMs: 10 * factor, minMs: null, maxMs: null } }),
      );
    const grid = compare(averages(1), averages(1.5));
    assert.deepEqual([grid.verdict, grid.geometricInterval, grid.regressions], ['not comparable', null, 0]);
    assert.ok(Math.abs(grid.geometricMean! - 1.5) < 1e-9);
  });

  it('survive samples without any spread', () => {
    const same = compare(
      [cell({ measurement: sampled([5, 5, 5]) })],
      [cell({ measurement: sampled([5, 5, 5]) })],
    );
    assert.equal(same.cells[0]!.verdict, 'no difference');
    assert.ok(same.cells[0]!.interval!.every(Number.isFinite));
  });
});

describe('environments', () => {
  it('stand beside each other, what differs first; what one side does not know does not differ', () => {
    const side = (entries: Record<string, string[]>) =>
      new Map(Object.entries(entries).map(([name, values]) => [name, new Set(values)]));
    assert.deepEqual(
      compareEnvironments(
        side({ cpu: ['x'], kernel: ['6.1'], turbo: ['on'] }),
        side({ cpu: ['x'], kernel: ['6.8'] }),
      ),
      [
        { name: 'kernel', a: ['6.1'], b: ['6.8'], differs: true },
        { name: 'cpu', a: ['x'], b: ['x'], differs: false },
        { name: 'turbo', a: ['on'], b: [], differs: false },
      ],
    );
  });
});
