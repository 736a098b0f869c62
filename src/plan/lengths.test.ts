import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type LengthsAnswer, type LengthsQuestion, planLengths } from './lengths.ts';
import type { Cell } from './types.ts';

const cell = (threads: number, batch: number, latencyMs: number): Cell => ({
  threads,
  batch,
  latencyMs,
  fitted: false,
});

/** Any small table: holes, ties, and latencies that are not monotone. */
const anyCells = fc
  .uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 2, 3, 4), fc.integer({ min: 1, max: 9 })),
    {
      selector: ([threads, batch]) => `${threads}/${batch}`,
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((rows) => rows.map((row) => cell(...row)));

const anyQuestion = fc
  .record({
    weights: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    tables: fc.array(anyCells, { minLength: 4, maxLength: 4 }),
    cores: fc.integer({ min: 1, max: 6 }),
    items: fc.integer({ min: 1, max: 9 }),
    goal: fc.constantFrom('latency', 'throughput'),
  })
  .map(({ weights, tables, cores, items, goal }): LengthsQuestion => {
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    return {
      ranges: weights.map((weight, index) => ({ upTo: 10 * (index + 1), share: weight / all })),
      target: goal === 'latency' ? { goal, items } : { goal: 'throughput' },
      limits: { cores },
      fit: false,
      tableAt: (length) => ({ measured: tables[length / 10 - 1]! }),
    };
  });

/** Every multiset of cells on at most so many cores. */
function* multisets(cells: readonly Cell[], cores: number, from = 0): Generator<readonly Cell[]> {
  yield [];
  for (let at = from; at < cells.length; at++)
    if (cells[at]!.threads <= cores)
      for (const rest of multisets(cells, cores - cells[at]!.threads, at)) yield [cells[at]!, ...rest];
}

/** The least cost of the ranges on so many cores, by trying every multiset. */
function bestOf(
  { ranges, target, tableAt }: LengthsQuestion,
  from: number,
  to: number,
  cores: number,
): number {
  const share = ranges.slice(from, to + 1).reduce((sum, range) => sum + range.share, 0);
  let least = Number.POSITIVE_INFINITY;
  for (const set of multisets(tableAt(ranges[to]!.upTo).measured, cores)) {
    if (set.length === 0) continue;
    const held = set.reduce((sum, { batch }) => sum + batch, 0);
    const rate = set.reduce((sum, { batch, latencyMs }) => sum + batch / latencyMs, 0);
    if (target.goal === 'throughput') least = Math.min(least, share / rate);
    else if (held >= Math.ceil(share * target.items - 1e-9))
      least = Math.min(least, Math.max(...set.map(({ latencyMs }) => latencyMs)));
  }
  return least;
}

/** The least of the largest costs, over every way to cut the ranges and to deal out the cores, and the cores that takes. */
function bruteForce(question: LengthsQuestion): { cost: number; cores: number } {
  const last = question.ranges.length - 1;
  let best = { cost: Number.POSITIVE_INFINITY, cores: Number.POSITIVE_INFINITY };
  const visit = (from: number, used: number, cost: number): void => {
    if (cost === Number.POSITIVE_INFINITY) return;
    if (from > last) {
      const near = Math.abs(cost - best.cost) <= 1e-9 * cost;
      if (near ? used < best.cores : cost < best.cost) best = { cost, cores: used };
      return;
    }
    for (let to = from; to <= last; to++)
      for (let cores = 1; cores <= question.limits.cores - used; cores++)
        visit(to + 1, used + cores, Math.max(cost, bestOf(question, from, to, cores)));
  };
  visit(0, 0, 0);
  return best;
}

function planOrNull(question: LengthsQuestion): LengthsAnswer | null {
  try {
    return planLengths(question);
  } catch {
    return null;
  }
}

describe('sets for ranges of lengths', () => {
  it('are as good as brute force, on as few cores', () => {
    fc.assert(
      fc.property(anyQuestion, (question) => {
        const answer = planOrNull(question);
        const { cost, cores } = bruteForce(question);
        if (!Number.isFinite(cost)) return assert.equal(answer, null);
        const { best } = answer!;
        const reached = question.target.goal === 'latency' ? best.latencyMs : 1000 / best.itemsPerSecond;
        assert.ok(Math.abs(reached - cost) <= 1e-9 * cost, `${reached} instead of ${cost}`);
        assert.equal(best.cores, cores);
        assert.deepEqual(
          best.sets.flatMap(({ lengths }) => lengths),
          question.ranges.map(({ upTo }) => upTo),
        );
      }),
      { numRuns: 1500 },
    );
  });

  it('rates one set for all and a split by hand beside the best', () => {
    // A request of 100 takes ten times as long as one of 10; threads and batches scale ideally.
    const tableAt = (length: number) => ({
      measured: [1, 2, 4].flatMap((threads) =>
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((batch) => cell(threads, batch, (length * batch) / threads)),
      ),
    });
    const question: LengthsQuestion = {
      ranges: [
        { upTo: 10, share: 0.9 },
        { upTo: 100, share: 0.1 },
      ],
      target: { goal: 'latency', items: 10 },
      limits: { cores: 4 },
      fit: false,
      tableAt,
      split: [
        { upTo: 10, cores: 1 },
        { upTo: 100, cores: 2 },
      ],
    };
    const answer = planLengths(question);
    // 9 items of 10 on 2 cores: 50 ms (5 on the slower); 1 of 100 on 2 cores: 50 ms.
    assert.deepEqual(
      answer.best.sets.map(({ paddedTo, items, cores, plan }) => [paddedTo, items, cores, plan.predictedMs]),
      [
        [10, 9, 2, 45],
        [100, 1, 2, 50],
      ],
    );
    assert.equal(answer.best.predictedMs, 50);
    assert.equal(answer.oneSet?.predictedMs, 250);
    assert.equal(answer.speedup.oneSet, 5);
    assert.equal(answer.split?.predictedMs, 90);
    assert.equal(answer.best.itemsPerSecond, 200);
  });

  it('predicts the slowest of all sets from raw samples', () => {
    const question: LengthsQuestion = {
      ranges: [
        { upTo: 10, share: 0.5 },
        { upTo: 20, share: 0.5 },
      ],
      target: { goal: 'latency', items: 2 },
      limits: { cores: 2 },
      fit: false,
      // Each set alone takes 1 ms in the median; of two at once the slower mostly takes 3.
      tableAt: () => ({ measured: [cell(1, 1, 1)], samplesOf: () => [[1, 1, 1, 3, 3]] }),
    };
    const { best } = planLengths(question);
    assert.equal(best.latencyMs, 1);
    assert.equal(best.predictedMs, 3);
  });

  it('names what no cells can hold', () => {
    const question: LengthsQuestion = {
      ranges: [
        { upTo: 10, share: 0.5 },
        { upTo: 20, share: 0.5 },
      ],
      target: { goal: 'latency', items: 2 },
      limits: { cores: 1 },
      fit: false,
      tableAt: (length) => ({ measured: length === 10 ? [cell(1, 1, 1)] : [] }),
    };
    assert.throws(() => planLengths(question), { code: 'no-plan' });
    assert.throws(
      () => planLengths({ ...question, tableAt: () => ({ measured: [cell(1, 1, 1)] }) }),
      /no sets of instances process 2 items/,
    );
  });
});
