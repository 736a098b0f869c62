import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LoadRun, type Outcome, outcomes } from '../load/index.ts';
import { Recorder } from '../load/recorder.ts';
import { seededRandom } from '../stats/index.ts';
import { quantileCurve } from './load-distribution.ts';
import { loadEvidence } from './load-evidence.ts';
import { flowWidthMs, percentileWidthMs, windowEdges } from './load-windows.ts';

interface Request {
  readonly dueMs: number;
  readonly slipMs?: number;
  readonly latencyMs?: number;
  readonly outcome?: Outcome;
}

const countFromMs = 500;

function runOf(requests: readonly Request[]): LoadRun {
  const recorder = new Recorder(requests.length);
  for (const { dueMs, slipMs = 0, latencyMs = 5, outcome = 'ok' } of requests) {
    const index = recorder.begin(dueMs + countFromMs, dueMs + slipMs + countFromMs, 0);
    if (outcome !== 'abandoned') recorder.finish(index, dueMs + latencyMs + countFromMs, outcome);
  }
  return {
    recorder,
    startedAt: new Date(0),
    countFromMs,
    endMs: 0,
    interrupted: false,
    wrong: [],
    busyShare: 0,
    eventLoopDelayP99Ms: 0,
    waitedForConnection: 0,
  };
}

/** Independent arrivals, each second at its own rate. */
function arrivals(perSecond: readonly number[]): Request[] {
  const random = seededRandom(3);
  return perSecond.flatMap((rate, second) => {
    const requests: Request[] = [];
    for (let atMs = 0; ; ) {
      atMs += (-Math.log(1 - random()) * 1000) / rate;
      if (atMs >= 1000) return requests;
      requests.push({ dueMs: second * 1000 + atMs, latencyMs: rate / 10 });
    }
  });
}

describe('windows', () => {
  it('are a second, longer in a long run and shorter in a short one', () => {
    assert.deepEqual([60_000, 150_000, 151_000, 3_600_000, 3000, 40].map(flowWidthMs), [
      ...[1000, 1000, 2000, 30_000, 200, 10],
    ]);
  });

  it('grow until enough answers lie in one, and stay ten', () => {
    assert.equal(percentileWidthMs(60_000, 60_000), 1000);
    assert.equal(percentileWidthMs(60_000, 6000), 2000);
    assert.equal(percentileWidthMs(60_000, 100), 5000);
  });

  it('cover the whole span, the last one also what is left', () => {
    assert.deepEqual(windowEdges(10_400, 1000).slice(-2), [9000, 10_400]);
    assert.deepEqual(windowEdges(10_600, 1000).slice(-2), [10_000, 10_600]);
    assert.deepEqual(windowEdges(3, 1000), [0, 3]);
  });
});

describe('evidence of a run', () => {
  const requests = Array.from({ length: 4000 }, (_, index): Request => {
    const outcome = index % 10 === 0 ? outcomes[(index / 10) % outcomes.length]! : 'ok';
    return { dueMs: index * 5, slipMs: (index % 5) / 10, latencyMs: 1 + (index % 100), outcome };
  });
  const evidence = loadEvidence(runOf(requests), true);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

  it('has each counted request once', () => {
    assert.equal(sum(evidence.windows.map(({ due }) => due)), 4000);
    for (const outcome of outcomes)
      assert.equal(
        sum(evidence.windows.map(({ counts }) => counts[outcome])),
        requests.filter((one) => one.outcome === outcome).length,
      );
    for (const key of ['due', 'sent'] as const) assert.equal(sum(evidence.flow.map((w) => w[key])), 4000);
    // The abandoned never ended.
    assert.equal(sum(evidence.flow.map((w) => w.answered + w.unanswered)), 4000 - 50);
  });

  it('has the latencies of answers alone, in the window of their due moment', () => {
    const [first] = evidence.windows;
    const own = requests
      .filter(({ dueMs, outcome }) => dueMs < first!.toMs && ['ok', 'late', 'wrong'].includes(outcome!))
      .map(({ latencyMs }) => latencyMs!)
      .sort((a, b) => a - b);
    assert.equal(first!.answers, own.length);
    assert.ok(own.length >= 100);
    assert.ok(Math.abs(first!.p50Ms! - own[Math.floor(own.length / 2)]!) <= 1);
    assert.ok(Math.abs(first!.p99Ms! - own[Math.floor(own.length * 0.99)]!) <= 1);
    assert.ok(Math.abs(first!.slipMaxMs! - 0.4) < 1e-6);
  });

  it('leaves out percentiles of too few answers', () => {
    const few = loadEvidence(runOf(requests.filter((_, index) => index % 20 === 1)), true);
    assert.ok(few.windows.every(({ p99Ms }) => p99Ms === null));
    assert.ok(few.windows.some(({ p50Ms }) => p50Ms !== null));
  });

  it('is without slip and rates in a closed loop, and without anything where nothing was answered', () => {
    const closed = loadEvidence(runOf(requests), false);
    assert.deepEqual([closed.slip, closed.byRate], [null, null]);
    const lost = loadEvidence(runOf(requests.map((one) => ({ ...one, outcome: 'lost' }))), true);
    assert.deepEqual(lost.fromDue, []);
    assert.ok(lost.windows.every(({ p50Ms, due }) => p50Ms === null && due > 0));
  });
});

describe('latency over rate', () => {
  it('tells steps apart, and is not there for one rate', () => {
    const steps = Array.from({ length: 40 }, (_, second) => (second % 4 < 2 ? 50 : 400));
    const { byRate } = loadEvidence(runOf(arrivals(steps)), true);
    assert.ok(byRate !== null);
    const [low, high] = [byRate.bins[0]!, byRate.bins.at(-1)!];
    assert.ok(Math.abs(low.perSecond - 50) < 10, `${low.perSecond}`);
    assert.ok(Math.abs(high.perSecond - 400) < 40, `${high.perSecond}`);
    assert.ok(Math.abs(low.p50Ms! - 5) < 0.01 && Math.abs(high.p50Ms! - 40) < 0.01);
    const even = Array.from({ length: 40 }, () => 100);
    assert.equal(loadEvidence(runOf(arrivals(even)), true).byRate, null);
  });
});

describe('a distribution', () => {
  it('rises to the longest, with a nine for each decade of samples', () => {
    const curve = quantileCurve(Array.from({ length: 1000 }, (_, index) => index + 1));
    assert.equal(curve[0]!.q, 0);
    assert.equal(curve[0]!.ms, 1);
    assert.deepEqual(curve.at(-1), { q: 0.999, ms: 1000 });
    assert.ok(curve.every(({ ms }, index) => index === 0 || ms >= curve[index - 1]!.ms));
    assert.ok(curve.some(({ q, ms }) => Math.abs(q - 0.99) < 1e-9 && Math.abs(ms - 990) < 0.2));
    assert.deepEqual(quantileCurve([7]).at(-1)!.ms, 7);
  });
});
