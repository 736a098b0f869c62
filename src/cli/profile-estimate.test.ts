import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  defaultRule,
  type PointSettings,
  type PointSink,
  type StoredPoint,
  type Visit,
} from '../profile/index.ts';
import { expectedMs, ProfileEstimate } from './profile-estimate.ts';

/** A visit of 100 ms with three runs about `ms`. */
function visit(ms: number, more: Partial<Visit> = {}): Visit {
  const times = [ms * 0.999, ms, ms * 1.001];
  return {
    startedAt: '2026-01-01T00:00:00.000Z',
    warmups: 1,
    wallMs: 100,
    replicas: [
      {
        beginNs: BigUint64Array.from(times, (_, run) => BigInt(run)),
        durationNs: BigUint64Array.from(times, (time) => BigInt(Math.round(time * 1e6))),
      },
    ],
    disturbances: [],
    frequencyMhz: null,
    memory: { rssBytes: 100, pssBytes: 50, largestBatch: 1 },
    readBack: { cpus: ['0'], computingThreads: [1], memoryPolicy: ['default'], differences: [] },
    ...more,
  };
}

const hog = { kind: 'foreign-load', value: 40, threshold: 3, unit: '%', text: 'others' } as const;
const steady = [visit(10), visit(10), visit(10)];
const wild = [visit(10), visit(11), visit(10.5)];

describe('what a cell needs in all', () => {
  it('is its floors where the interval is narrow enough, and grows with the square of a wider one', () => {
    assert.equal(expectedMs(steady.slice(0, 2), defaultRule), 300);
    assert.equal(expectedMs(steady, defaultRule), 300);
    const narrow = { ...defaultRule, ceilingMs: Number.POSITIVE_INFINITY };
    const [wide, half] = [expectedMs(wild, narrow)!, expectedMs(wild, { ...narrow, halfWidth: 0.02 })!];
    assert.ok(Math.abs(wide / half - 4) < 1e-9);
    assert.equal(expectedMs(wild, defaultRule), defaultRule.ceilingMs);
  });

  it('counts visits that are spoiled as often as so far', () => {
    assert.equal(expectedMs([...steady, visit(10, { disturbances: [hog], wallMs: 300 })], defaultRule), 600);
  });

  it('is not known from one visit, unless one is asked for', () => {
    assert.equal(expectedMs([visit(10)], defaultRule), null);
    assert.equal(expectedMs([visit(10)], { ...defaultRule, fixed: { warmups: 1, iterations: 3 } }), 100);
  });
});

describe('what a profile still needs', () => {
  const settings = {} as PointSettings;
  const stored: Record<string, StoredPoint> = {
    half: { state: 'open', visits: steady.slice(0, 2), rule: defaultRule, measuredAt: '', failure: null },
    refused: {
      state: 'failed',
      visits: [],
      rule: null,
      measuredAt: '',
      failure: { kind: 'engine-failed', message: '' },
    },
  };
  const nowhere: PointSink = {
    load: (hash) => stored[hash] ?? null,
    addVisit() {},
    finish() {},
    fail() {},
  };

  it('is the ceiling of every cell while nothing is known', () => {
    const estimate = new ProfileEstimate(nowhere, defaultRule);
    for (const hash of ['a', 'b', 'refused']) estimate.load(hash);
    assert.equal(estimate.restMs(), 2 * defaultRule.ceilingMs);
  });

  it('is what is left of the begun cells, and as much for others as those take', () => {
    const estimate = new ProfileEstimate(nowhere, defaultRule);
    for (const hash of ['half', 'new']) estimate.load(hash);
    assert.equal(estimate.restMs(), 100 + 300);
    estimate.finish('half', defaultRule);
    assert.equal(estimate.restMs(), 200);
    estimate.fail('new', settings, 'out-of-memory', 'too large');
    assert.equal(estimate.restMs(), 0);
  });

  it('is one visit at least of an open cell', () => {
    const estimate = new ProfileEstimate(nowhere, { ...defaultRule, fixed: { warmups: 1, iterations: 3 } });
    estimate.load('half');
    assert.equal(estimate.restMs(), 100);
  });
});
