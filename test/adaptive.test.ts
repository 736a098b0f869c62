import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  AdaptivePlanner,
  measurementsFor,
  type PlanningCase,
  placesFor,
  simulateAdaptive,
} from '../src/plan/adaptive/index.ts';
import { solve } from '../src/plan/index.ts';
import { generatedTable } from './support/generated-table.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const powers = (from: number, to: number): number[] =>
  range(20)
    .map((n) => 2 ** (n - 1))
    .filter((value) => value >= from && value <= to);
const casesOf = (cores: readonly number[], items: readonly number[]): PlanningCase[] =>
  cores.flatMap((T) => items.map((B) => ({ cores: T, items: B })));

describe('an adaptive profile', () => {
  it('finds nearly the best plans of imagined machines from a sixth of the cells', () => {
    const cases = casesOf([16], powers(8, 256));
    const replays = range(12).map((seed) => {
      const cells = generatedTable(seed, range(16), powers(1, 256));
      return { seed, table: cells, ...simulateAdaptive({ cells, cases, measurements: 24 }) };
    });
    const mean = replays.reduce((sum, { meanRegret }) => sum + meanRegret, 0) / replays.length;
    const unguided = replays.map(({ seed, table }) => gridRegret(table, cases, seed));
    assert.ok(mean < 0.01, `mean regret ${mean}`);
    assert.ok(mean < unguided.reduce((sum, regret) => sum + regret, 0) / unguided.length / 2);
  });

  it('leaves nothing to be regretted once every cell is measured, whatever the table', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const cells = generatedTable(seed, [1, 2, 3, 4], [1, 2, 3, 5]);
        const cases = casesOf([2, 3, 4], [1, 3, 5, 7]);
        const planner = new AdaptivePlanner({ places: cells, cases, seed });
        for (const cell of cells) planner.observe(cell, cell.latencyMs);
        for (const { cores, items } of cases) {
          const planned = solve(planner.cells(), cores, items)!;
          const truth = solve(cells, cores, items)!;
          assert.ok(Math.abs(planned.latencyMs / truth.latencyMs - 1) < 0.02);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('makes the same choices from the same seed', () => {
    const cells = generatedTable(7, range(8), powers(1, 64));
    const question = { cells, cases: casesOf([8], [16, 64]), noise: 0.03, seed: 5 };
    assert.deepEqual(simulateAdaptive(question), simulateAdaptive(question));
  });

  it('measures a noisy cell again where that helps', () => {
    const cells = generatedTable(3, [1, 2], [1, 2]);
    const { measured, maxRegret } = simulateAdaptive({
      cells,
      cases: casesOf([2], [2]),
      noise: 0.05,
      measurements: 40,
    });
    assert.equal(measured, 40);
    assert.ok(maxRegret < 0.05);
  });

  it('names the cells of its plans that were not measured', () => {
    const places = generatedTable(1, [1, 2], [1, 2, 4]);
    const planner = new AdaptivePlanner({ places, cases: casesOf([2], [4]) });
    const first = planner.next();
    planner.observe(first, 10);
    const open = planner.unconfirmed();
    for (const place of open) planner.observe(place, 12);
    assert.ok(open.every(({ threads, batch }) => threads !== first.threads || batch !== first.batch));
  });
});

describe('placesFor', () => {
  it('keeps some best plan where items are powers of two and more threads are not slower', () => {
    for (const cores of range(16)) {
      const cells = range(16).flatMap((threads) =>
        powers(1, 128).map((batch) => ({
          threads,
          batch,
          latencyMs: (batch + 2) / threads ** 0.7,
          fitted: false,
        })),
      );
      for (const items of powers(1, 128)) {
        const left = placesFor(cells, [{ cores, items }]);
        assert.equal(solve(left, cores, items)!.latencyMs, solve(cells, cores, items)!.latencyMs);
      }
    }
  });
});

describe('measurementsFor', () => {
  it('grows with the questions, with uneven items and with noise', () => {
    const even = measurementsFor(casesOf([16], powers(8, 1024)));
    assert.ok(measurementsFor(casesOf([16], [8])) < even);
    assert.ok(measurementsFor(casesOf([4, 8, 16], powers(8, 1024))) > even);
    assert.ok(measurementsFor(casesOf([16], [9, 10, 11, 12, 13, 14, 15, 17])) > even);
    assert.ok(measurementsFor(casesOf([16], powers(8, 1024)), 0.03) > even);
  });
});

/** Regret of plans from as many cells, spread evenly by chance; a case they can't plan counts as twice the time. */
function gridRegret(
  cells: ReturnType<typeof generatedTable>,
  cases: readonly PlanningCase[],
  seed: number,
): number {
  const kept = cells.filter((_, index) => (index * 7 + seed) % 6 === 0);
  const regrets = cases.map(({ cores, items }) => {
    const planned = solve(kept, cores, items);
    return planned === null ? 1 : planned.latencyMs / solve(cells, cores, items)!.latencyMs - 1;
  });
  return regrets.reduce((sum, regret) => sum + regret, 0) / regrets.length;
}
