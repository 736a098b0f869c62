import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outcomes } from '../outcome.ts';
import type { LoadSummary } from '../summary.ts';
import { parseThreshold, type Threshold } from '../thresholds.ts';
import { judgeStep, limitsOf } from './judge-step.ts';

const fine = { keptUp: true, offeredAll: true };
const limits = (...texts: string[]): Threshold[] => texts.map((text) => parseThreshold(text) as Threshold);

function summaryOf(p99: number, p99Interval: [number, number] | null, errors = 0): LoadSummary {
  const latencyMs = { count: 1000, mean: 5, p50: 5, p90: 6, p95: 7, p99, 'p99.9': p99, max: p99 };
  const counts = Object.fromEntries(outcomes.map((name) => [name, 0])) as Record<
    (typeof outcomes)[number],
    number
  >;
  return {
    ...{ windowMs: 10_000, sent: 1000, sentPerSecond: 100, retryAfter: 0, kinds: [], wrong: [] },
    counts: { ...counts, ok: 1000 - errors, refused: errors },
    ...{ answersPerSecond: 100, itemsPerSecond: 100, goodputPerSecond: 100, perSecond: [], slipMs: null },
    latencyMs: { ...latencyMs, p50Interval: [4, 6], p99Interval },
  };
}

describe('judgeStep', () => {
  it('decides by the interval, and where there is none by the number', () => {
    const stateOf = (p99: number, interval: [number, number] | null): string =>
      judgeStep(summaryOf(p99, interval), fine, limits('p99<50ms')).state;
    assert.equal(stateOf(40, [30, 45]), 'held');
    assert.equal(stateOf(60, [55, 70]), 'failed');
    assert.equal(stateOf(45, [30, 55]), 'undecided');
    assert.equal(stateOf(45, null), 'held');
    assert.equal(stateOf(50, null), 'failed');
  });

  it('fails by one limit whatever the others say, and tells why', () => {
    const judged = judgeStep(summaryOf(45, [30, 55], 20), fine, limits('p99<50ms', 'errors<=1%'));
    assert.deepEqual([judged.state, judged.why], ['failed', 'errors<=1%: 2 %']);
  });

  it('blames nobody for what fails while the generator is late, and trusts what holds', () => {
    const late = { keptUp: false, offeredAll: true };
    assert.equal(judgeStep(summaryOf(60, null), late, limits('p99<50ms')).state, 'behind');
    assert.equal(judgeStep(summaryOf(40, null), late, limits('p99<50ms')).state, 'held');
    const less = { keptUp: false, offeredAll: false };
    assert.equal(judgeStep(summaryOf(40, null), less, limits('p99<50ms')).state, 'behind');
  });

  it('fails where nothing was answered', () => {
    const none = { ...summaryOf(1, null, 1000), latencyMs: null };
    const judged = judgeStep(none, fine, limits('p99<50ms'));
    assert.deepEqual([judged.state, judged.why], ['failed', 'p99<50ms: not known']);
  });
});

describe('limitsOf', () => {
  it('bounds requests without an answer, unless that is done', () => {
    assert.deepEqual(
      limitsOf(limits('p99<50ms')).map(({ text }) => text),
      ['p99<50ms', 'errors<=1%'],
    );
    assert.equal(limitsOf(limits('p99<50ms', 'refused<=5%')).length, 2);
  });
});
