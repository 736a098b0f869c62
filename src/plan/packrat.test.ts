import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { solvePackrat } from './packrat.ts';
import { solve } from './solve.ts';
import type { Cell, Group } from './types.ts';

const cell = (threads: number, batch: number, latencyMs: number): Cell => ({
  threads,
  batch,
  latencyMs,
  fitted: false,
});

const anyTable = fc.uniqueArray(
  fc.record({
    threads: fc.integer({ min: 1, max: 4 }),
    batch: fc.integer({ min: 1, max: 5 }),
    latencyMs: fc.integer({ min: 1, max: 12 }),
    fitted: fc.constant(false),
  }),
  { selector: (c) => `${c.threads}/${c.batch}`, minLength: 1, maxLength: 8 },
);

/** The least latency of all sets that use exactly the cores and hold exactly the items. */
function bruteForce(cells: readonly Cell[], cores: number, items: number): number {
  if (cores === 0) return items === 0 ? 0 : Number.POSITIVE_INFINITY;
  return Math.min(
    ...cells
      .filter(({ threads, batch }) => threads <= cores && batch <= items)
      .map((c) => Math.max(c.latencyMs, bruteForce(cells, cores - c.threads, items - c.batch))),
  );
}

describe('solvePackrat', () => {
  it('equals brute force over all exact fillings, and is never better than the exact planner', () => {
    fc.assert(
      fc.property(
        anyTable,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        (cells, cores, items) => {
          const solution = solvePackrat(cells, cores, items);
          const expected = bruteForce(cells, cores, items);
          assert.equal(solution?.latencyMs ?? Number.POSITIVE_INFINITY, expected);
          if (solution === null) return;
          const { groups } = solution;
          const sum = (of: (group: Group) => number): number =>
            groups.reduce((total, group) => total + group.instances * of(group), 0);
          assert.equal(
            sum(({ threads }) => threads),
            cores,
          );
          assert.equal(
            sum(({ batch }) => batch),
            items,
          );
          assert.ok(solve(cells, cores, items)!.latencyMs <= solution.latencyMs);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('leaves no core idle, and fails where cores or items do not add up', () => {
    const cells = [cell(2, 2, 10), cell(3, 2, 30)];
    assert.deepEqual(solve(cells, 3, 2)?.groups, [{ instances: 1, threads: 2, batch: 2 }]);
    assert.deepEqual(solvePackrat(cells, 3, 2)?.groups, [{ instances: 1, threads: 3, batch: 2 }]);
    assert.equal(solvePackrat(cells, 4, 3), null);
    assert.equal(solvePackrat([cell(2, 2, 10)], 3, 2), null);
  });
});
