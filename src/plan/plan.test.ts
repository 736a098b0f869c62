import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Cell, fitCells, planLatency, predictSlowest, solve } from './index.ts';

const cell = (threads: number, batch: number, latencyMs: number): Cell => ({
  threads,
  batch,
  latencyMs,
  fitted: false,
});

describe('solve', () => {
  it('leaves cores idle where more of them do not help', () => {
    const cells = [cell(1, 4, 10), cell(2, 4, 10), cell(4, 4, 12)];
    assert.deepEqual(solve(cells, 4, 4)?.groups, [{ instances: 1, threads: 1, batch: 4 }]);
  });

  it('mixes instances where that is faster, and takes no more batch than needed', () => {
    const cells = [cell(1, 1, 10), cell(1, 2, 19), cell(2, 2, 11), cell(2, 3, 15), cell(3, 3, 14)];
    assert.deepEqual(solve(cells, 3, 5)?.groups, [
      { instances: 1, threads: 2, batch: 3 },
      { instances: 1, threads: 1, batch: 2 },
    ]);
  });
});

describe('fitCells', () => {
  it('draws straight lines along the batch and powers along the threads, and nothing beyond', () => {
    const measured = [cell(1, 1, 10), cell(1, 5, 50), cell(4, 1, 4), cell(4, 5, 20)];
    const fitted = fitCells(measured, { threads: [1, 2, 3, 4, 8], batches: [1, 3, 5, 9] });
    const at = (threads: number, batch: number): Cell | undefined =>
      fitted.find((c) => c.threads === threads && c.batch === batch);
    assert.deepEqual(at(1, 3), { threads: 1, batch: 3, latencyMs: 30, fitted: true });
    assert.ok(Math.abs(at(2, 1)!.latencyMs - Math.sqrt(40)) < 1e-9);
    assert.equal(at(8, 1), undefined);
    assert.equal(at(1, 9), undefined);
    assert.equal(at(1, 1)!.fitted, false);
  });
});

describe('predictSlowest', () => {
  it('is the median over simultaneous maxima where the set is the one measured', () => {
    const samples = [
      [10, 10, 10, 10, 20],
      [11, 9, 15, 9, 9],
    ];
    assert.equal(
      predictSlowest([{ instances: 2, threads: 1, batch: 1 }], () => samples),
      11,
    );
    assert.equal(
      predictSlowest([{ instances: 1, threads: 1, batch: 1 }], () => samples.slice(0, 1)),
      10,
    );
  });

  it('grows with the number of instances, and takes the slowest group', () => {
    const samples = [Array.from({ length: 100 }, (_, i) => 100 + i)];
    const of = (instances: number): number =>
      predictSlowest([{ instances, threads: 1, batch: 1 }], () => samples);
    assert.ok(of(1) < of(2) && of(2) < of(8) && of(8) < 200);
    const groups = [
      { instances: 1, threads: 2, batch: 4 },
      { instances: 1, threads: 1, batch: 1 },
    ];
    assert.equal(
      predictSlowest(groups, ({ threads }) => (threads === 2 ? 7 : 3)),
      7,
    );
  });
});

describe('planLatency', () => {
  const measured = [1, 2].flatMap((threads) =>
    [1, 2, 4, 8, 16].map((b) => cell(threads, b, (b * 10) / threads ** 0.9 + 1)),
  );

  it('finds thin best where threads scale badly, with the baselines beside it', () => {
    const answer = planLatency({ measured, cores: 2, items: 16, fit: true });
    assert.deepEqual(answer.best.groups, [{ instances: 2, threads: 1, batch: 8 }]);
    assert.equal(answer.best.latencyMs, 81);
    assert.equal(answer.baselines.thin!.latencyMs, 81);
    assert.equal(answer.speedup.thin, 1);
    assert.ok(answer.speedup.fat! > 1.05);
    assert.equal(answer.best.fitted, false);
    assert.equal(answer.speedup.default, null);
  });

  it('plans items between measured batches, and says so', () => {
    const answer = planLatency({ measured, cores: 2, items: 10, fit: true });
    assert.deepEqual(answer.best.groups, [{ instances: 2, threads: 1, batch: 5 }]);
    assert.equal(answer.best.fitted, true);
    const exact = planLatency({ measured, cores: 2, items: 10, fit: false });
    assert.equal(exact.best.fitted, false);
    assert.equal(exact.baselines.fat, null);
  });

  it('ranks the best few by their samples, not by the median of one', () => {
    const twoCells = [cell(1, 1, 100), cell(2, 2, 101)];
    const samplesOf = (threads: number): number[][] =>
      threads === 1
        ? [
            [100, 100, 140, 140],
            [140, 140, 100, 100],
          ]
        : [[101, 101, 101, 101]];
    const answer = planLatency({ measured: twoCells, cores: 2, items: 2, fit: false, samplesOf });
    assert.deepEqual(answer.best.groups, [{ instances: 1, threads: 2, batch: 2 }]);
    assert.equal(answer.alternatives[0]!.predictedMs, 140);
  });
});
