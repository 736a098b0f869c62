import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Cell, loadCandidates } from '../plan/index.ts';
import { streamOf } from '../simulate/index.ts';
import { bestSet } from './best-set.ts';
import { countedMs, type PolicyRun, p99Of, simulateSet } from './simulate-set.ts';

const cores = 4;
const cells: Cell[] = [1, 2, 3, 4].flatMap((threads) =>
  [1, 2, 4, 8].map((batch) => ({
    ...{ threads, batch, fitted: false },
    latencyMs: 2 + batch * (4 + 36 / threads),
  })),
);
const candidates = loadCandidates(cells, { cores });
const runAt = (requestsPerSecond: number, more: Partial<PolicyRun> = {}): PolicyRun => ({
  stream: streamOf(
    { requestsPerSecond, itemsPerRequest: 1.5, itemLength: 1, burstiness: 3, windowMs: 0 },
    5000,
    7,
  ),
  ...{
    cells,
    cores,
    largestBatch: 8,
    deadlineMs: null,
    warmupMs: 0,
    everyMs: 1000,
    keepsBatches: false,
    standby: 0,
    loadCpuMs: 1000,
  },
  ...more,
});

describe('bestSet', () => {
  it('is the first candidate of the lowest p99, as if all had been run to their ends', () => {
    const cases = [
      ...[0.05, 2, 20, 40, 200].map((rate) => runAt(rate)),
      runAt(40, { deadlineMs: 60 }),
      runAt(20, { warmupMs: 60_000 }),
      runAt(2, { deadlineMs: 5 }),
    ];
    for (const run of cases) {
      const all = candidates.map((groups) => ({ groups, result: simulateSet(groups, run) }));
      const ms = all.map(({ result }) => p99Of(countedMs(result, run)));
      assert.deepEqual(bestSet(candidates, run), all[ms.indexOf(Math.min(...ms))]);
    }
  });
});
