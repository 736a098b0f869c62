import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Limits, NodeLimits } from './limits.ts';
import { type Solution, solveCost, solveLatency, solveThroughput } from './solve.ts';
import type { Cell } from './types.ts';

/** Any grid: few distinct latencies make ties, no order among cells makes them non-monotone, dropped ones are holes. */
const anyTable = fc.uniqueArray(
  fc.record({
    threads: fc.constantFrom(1, 1, 2, 2, 3, 3, 4, 5, 6),
    batch: fc.integer({ min: 1, max: 8 }),
    latencyMs: fc.integer({ min: 1, max: 12 }),
    fitted: fc.constant(false),
    memoryBytes: fc.integer({ min: 1, max: 9 }),
  }),
  { selector: (c) => `${c.threads}/${c.batch}`, minLength: 1, maxLength: 8 },
);

const option = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

const anyNodes: fc.Arbitrary<NodeLimits> = fc.record({
  cores: fc.array(fc.constantFrom(1, 2, 3, 4, 4, 5), { minLength: 1, maxLength: 4 }),
  mostInstances: fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY),
});

/** Every combination of limits. */
const anyLimits: fc.Arbitrary<Limits> = fc.record({
  cores: fc.integer({ min: 1, max: 9 }),
  memoryBytes: option(fc.integer({ min: 1, max: 30 })),
  nodes: option(anyNodes),
  equal: option(fc.boolean()),
  largestBatch: option(fc.integer({ min: 1, max: 8 })),
  latencyMs: option(fc.integer({ min: 1, max: 12 })),
});

/** Whether threads of instances can be laid over nodes, by trying every way. */
function fitsNodes(threads: readonly number[], nodes: NodeLimits): boolean {
  const largest = Math.max(...nodes.cores);
  const free = nodes.cores.map((cores) => ({ cores, instances: 0, owned: false }));
  const visit = (at: number): boolean => {
    const wanted = threads[at];
    if (wanted === undefined) return true;
    if (wanted > largest) return own(at, wanted, 0);
    return free.some((node) => {
      if (node.owned || node.cores < wanted || node.instances === nodes.mostInstances) return false;
      node.cores -= wanted;
      node.instances++;
      const fits = visit(at + 1);
      node.cores += wanted;
      node.instances--;
      return fits;
    });
  };
  const own = (at: number, wanted: number, from: number): boolean => {
    if (wanted <= 0) return visit(at + 1);
    for (let i = from; i < free.length; i++) {
      const node = free[i]!;
      if (node.owned || node.instances > 0) continue;
      node.owned = true;
      const fits = own(at, wanted - node.cores, i + 1);
      node.owned = false;
      if (fits) return true;
    }
    return false;
  };
  return visit(0);
}

/** Every multiset of cells that keeps to the limits, one by one. */
function everySet(cells: readonly Cell[], limits: Limits, visitSet: (set: readonly Cell[]) => void): void {
  const { memoryBytes = Infinity, largestBatch = Infinity, latencyMs = Infinity, nodes } = limits;
  const usable = cells.filter((cell) => cell.batch <= largestBatch && cell.latencyMs <= latencyMs);
  const set: Cell[] = [];
  const visit = (from: number, cores: number, memory: number): void => {
    for (let i = from; i < usable.length; i++) {
      const cell = usable[i]!;
      if (limits.equal === true && set.length > 0 && set[0] !== cell) continue;
      if (cell.threads > cores || cell.memoryBytes! > memory) continue;
      set.push(cell);
      const descending = set.map(({ threads }) => threads).sort((a, b) => b - a);
      if (nodes === undefined || fitsNodes(descending, nodes)) {
        visitSet(set);
        visit(i, cores - cell.threads, memory - cell.memoryBytes!);
      }
      set.pop();
    }
  };
  visit(0, limits.cores, memoryBytes);
}

const sum = <T>(entries: readonly T[], value: (entry: T) => number): number =>
  entries.reduce((total, entry) => total + value(entry), 0);
const coresOf = (set: readonly Cell[]): number => sum(set, ({ threads }) => threads);
const itemsOf = (set: readonly Cell[]): number => sum(set, ({ batch }) => batch);
const rateOf = (set: readonly Cell[]): number =>
  sum(set, ({ batch, latencyMs }) => (batch / latencyMs) * 1000);
const slowestOf = (set: readonly Cell[]): number => Math.max(...set.map(({ latencyMs }) => latencyMs));

/** The least of the scores of the sets that have one, compared number by number; null where none has. */
function best(
  cells: readonly Cell[],
  limits: Limits,
  score: (set: readonly Cell[]) => readonly number[] | null,
): readonly number[] | null {
  let least: readonly number[] | null = null;
  everySet(cells, limits, (set) => {
    const found = score(set);
    if (found === null) return;
    const order = least && found.reduce((sign, value, i) => sign || value - least![i]!, 0);
    if (order === null || order < 0) least = found;
  });
  return least;
}

/** The cells of a solution's instances, after it was checked to keep to the limits. */
function checkedSet({ groups, placement }: Solution, cells: readonly Cell[], limits: Limits): Cell[] {
  const set = groups.flatMap(({ instances, threads, batch }) =>
    Array.from({ length: instances }, () => {
      const cell = cells.find((c) => c.threads === threads && c.batch === batch);
      assert.ok(cell !== undefined);
      return cell;
    }),
  );
  let isSet = false;
  const key = (of: readonly Cell[]): string =>
    of
      .map((c) => `${c.threads}/${c.batch}`)
      .sort()
      .join();
  everySet(cells, limits, (other) => {
    isSet ||= key(other) === key(set);
  });
  assert.ok(isSet, 'keeps to the limits');
  if (limits.nodes !== undefined) checkPlacement(placement!, limits.nodes);
  else assert.equal(placement, null);
  return set;
}

function checkPlacement(placement: NonNullable<Solution['placement']>, nodes: NodeLimits): void {
  nodes.cores.forEach((cores, id) => {
    const on = placement.filter((place) => place.nodes.includes(id));
    assert.ok(on.length <= nodes.mostInstances);
    if (on.some((place) => place.nodes.length > 1)) assert.equal(on.length, 1);
    else assert.ok(sum(on, ({ threads }) => threads) <= cores);
  });
  for (const { threads, nodes: own } of placement)
    assert.ok(sum(own, (id) => nodes.cores[id]!) >= threads && new Set(own).size === own.length);
}

const scoreOf = (
  solution: Solution | null,
  first: (set: readonly Cell[]) => number[],
  cells: readonly Cell[],
  limits: Limits,
): number[] | null => {
  if (solution === null) return null;
  const set = checkedSet(solution, cells, limits);
  assert.equal(solution.cores, coresOf(set));
  assert.equal(solution.instances, set.length);
  assert.equal(solution.latencyMs, slowestOf(set));
  return [...first(set), coresOf(set), set.length];
};

/** `THINFER_PROPERTY_RUNS` sets another number of random tables. */
const runs = Number(process.env['THINFER_PROPERTY_RUNS'] ?? 3000);

describe('solveLatency', () => {
  it('equals brute force in latency, cores and instances, within every combination of limits', () => {
    fc.assert(
      fc.property(anyTable, anyLimits, fc.integer({ min: 1, max: 20 }), (cells, limits, items) => {
        const expected = best(cells, limits, (set) =>
          itemsOf(set) >= items ? [slowestOf(set), coresOf(set), set.length] : null,
        );
        const solution = solveLatency(cells, items, limits);
        const found = scoreOf(
          solution,
          (set) => {
            assert.ok(itemsOf(set) >= items);
            return [slowestOf(set)];
          },
          cells,
          limits,
        );
        assert.deepEqual(found, expected);
      }),
      { numRuns: runs },
    );
  });
});

/** Rates of the same set, summed in any order, are equal within this share. */
const tolerance = 1e-9;

describe('solveThroughput', () => {
  it('equals brute force in rate, cores and instances, within every combination of limits', () => {
    fc.assert(
      fc.property(anyTable, anyLimits, (cells, limits) => {
        let most = 0;
        everySet(cells, limits, (set) => {
          most = Math.max(most, rateOf(set));
        });
        const expected = best(cells, limits, (set) =>
          rateOf(set) >= most * (1 - tolerance) ? [coresOf(set), set.length] : null,
        );
        const found = scoreOf(
          solveThroughput(cells, limits),
          (set) => {
            assert.ok(rateOf(set) >= most * (1 - 2 * tolerance));
            return [];
          },
          cells,
          limits,
        );
        assert.deepEqual(found, expected);
      }),
      { numRuns: runs },
    );
  });
});

describe('solveCost', () => {
  it('equals brute force in cores and instances, within every combination of limits', () => {
    fc.assert(
      fc.property(anyTable, anyLimits, fc.integer({ min: 1, max: 8000 }), (cells, limits, rate) => {
        const expected = best(cells, limits, (set) =>
          rateOf(set) >= rate * (1 - tolerance) ? [coresOf(set), set.length] : null,
        );
        const found = scoreOf(solveCost(cells, rate, limits), () => [], cells, limits);
        assert.deepEqual(found, expected);
      }),
      { numRuns: runs },
    );
  });
});

describe('nodes', () => {
  const cell = (threads: number, batch: number, latencyMs: number): Cell => ({
    threads,
    batch,
    latencyMs,
    fitted: false,
  });

  it('an instance that fills a small node does not take the place of a larger one over several', () => {
    const nodes = { cores: [3, 2, 2], mostInstances: 1 };
    const cells = [cell(4, 1, 1), cell(3, 1, 1)];
    const solution = solveThroughput(cells, { cores: 7, nodes })!;
    assert.deepEqual(solution.placement, [
      { threads: 4, batch: 1, nodes: [1, 2] },
      { threads: 3, batch: 1, nodes: [0] },
    ]);
    assert.deepEqual(solveLatency(cells, 2, { cores: 7, nodes })?.placement, solution.placement);
  });

  it('without limits on nodes one takes all cores, with them it stays within', () => {
    const cells = [cell(3, 3, 5), cell(4, 3, 4)];
    assert.equal(solveLatency(cells, 6, { cores: 8 })?.latencyMs, 4);
    const nodes = { cores: [6, 2], mostInstances: Number.POSITIVE_INFINITY };
    assert.deepEqual(solveLatency(cells, 6, { cores: 8, nodes })?.groups, [
      { instances: 2, threads: 3, batch: 3 },
    ]);
    assert.equal(solveLatency(cells, 6, { cores: 8, nodes: { ...nodes, mostInstances: 1 } }), null);
  });
});
