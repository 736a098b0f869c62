import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom, shuffled } from '../../stats/index.ts';
import type { Cell } from '../types.ts';
import { loadCandidates } from './load-candidates.ts';
import { LoadPlanner } from './load-planner.ts';
import { serviceTimeOf } from './service-time.ts';

const cores = 4;
/** The fatter, the less it gains by threads; a batch of two takes less than one item, as measured tables have it. */
const cells: Cell[] = [1, 2, 4].flatMap((threads) =>
  [1, 2, 4, 8, 16].map((batch) => ({
    ...{ threads, batch, fitted: false },
    latencyMs: batch === 2 ? 10 : 4 + batch * (4 + 24 / threads),
  })),
);
const planner = () =>
  new LoadPlanner({
    ...{ candidates: loadCandidates(cells, { cores }), cores, serviceMs: serviceTimeOf(cells) },
    requests: 400,
  });
const load = (requestsPerSecond: number, itemsPerRequest: number) => ({
  ...{ requestsPerSecond, itemsPerRequest, itemLength: 1, burstiness: 2, windowMs: 100_000 },
});

describe('SetRuns', () => {
  it('says what a set does below a limit, and nothing of others, in any order', () => {
    for (const asked of [load(10, 1), load(40, 1), load(15, 2.5), load(200, 1)]) {
      const whole = planner();
      const scores = whole.candidates.map((groups) => whole.predict(groups, asked).scoreMs);
      const limits = [...scores, 20, 1e9].flatMap((ms) => [0.95 * ms, ms, 1.05 * ms]);
      const random = seededRandom(1);
      const some = planner();
      const sets = some.under(asked);
      for (const limitMs of shuffled(limits, random))
        for (const groups of shuffled(some.candidates, random)) {
          const expected = whole.predict(groups, asked);
          assert.deepEqual(
            sets.predictBelow(groups, limitMs),
            expected.scoreMs < limitMs ? expected : null,
            `${whole.nameOf(groups)} below ${limitMs}`,
          );
        }
    }
  });

  it('knows that longer items take longer', () => {
    const [slowest] = planner().candidates;
    const alone = { ...load(0.001, 1), burstiness: 1 };
    const usual = planner().predict(slowest!, alone).meanMs;
    const twice = planner().predict(slowest!, { ...alone, itemLength: 2 }).meanMs;
    // Loads are rounded, to steps of a tenth.
    assert.ok(Math.abs(twice / usual - 2) < 0.1, `${twice} over ${usual}`);
  });

  it('runs requests of lengths as the server would: short ones together, long ones apart', () => {
    const short = { arrivedMs: [0, 0, 0, 0], items: [1, 1, 1, 1], lengths: [0.25, 0.25, 0.25, 0.25] };
    const mixed = { ...short, lengths: [4, 0.25, 0.25, 0.25] };
    const [set] = planner().candidates;
    const of = (stream: typeof short) => planner().over(stream).predict(set!);
    assert.ok(of(mixed).p99Ms > 4 * of(short).p99Ms);
    assert.ok(of(mixed).meanMs < of(mixed).p99Ms);
  });

  it('knows a set that is overloaded by requests of many items', () => {
    const [slowest] = planner().candidates;
    const { keepsUp, p99Ms } = planner().predict(slowest!, load(900, 40));
    assert.ok(!keepsUp && Number.isFinite(p99Ms));
  });
});
