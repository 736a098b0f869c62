import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Disturbance } from '../machine/types.ts';
import { toPoint } from './point.ts';
import { countedVisits, defaultRule, isSampled, runsPerVisit } from './sampling-rule.ts';
import { judge, largestMemory, lastReadBack, replicaSamples, summariseLatencies } from './summarise.ts';
import type { PointSettings, SamplingRule, Visit } from './types.ts';

const hog: Disturbance = { kind: 'foreign-load', value: 40, threshold: 3, unit: '%', text: 'others' };

/** A visit whose replicas took these times, in ms. */
function visit(replicas: readonly (readonly number[])[], more: Partial<Visit> = {}): Visit {
  return {
    startedAt: '2026-01-01T00:00:00.000Z',
    warmups: 1,
    wallMs: 100,
    replicas: replicas.map((times) => ({
      beginNs: BigUint64Array.from(times, (_, run) => BigInt(run)),
      durationNs: BigUint64Array.from(times, (ms) => BigInt(Math.round(ms * 1e6))),
    })),
    disturbances: [],
    frequencyMhz: null,
    memory: { rssBytes: 100, pssBytes: 50, largestBatch: 1 },
    readBack: { cpus: ['0'], computingThreads: [1], memoryPolicy: ['default'], differences: [] },
    ...more,
  };
}

const steady = (count: number, ms = 10, more: Partial<Visit> = {}): Visit[] =>
  Array.from({ length: count }, () => visit([[ms, ms * 1.001, ms * 0.999]], more));
const wild = (count: number): Visit[] =>
  Array.from({ length: count }, (_, index) => visit([[5 + index, 20 - index, 12]]));
const fixed = (iterations: number, warmups = 1): SamplingRule => ({
  ...defaultRule,
  fixed: { warmups, iterations },
});

describe('the sampling rule', () => {
  it('is content when the median is known well enough, from enough visits', () => {
    assert.equal(isSampled(steady(2), defaultRule), false, 'too few visits');
    assert.equal(isSampled(steady(3), defaultRule), true);
    assert.equal(isSampled(wild(4), defaultRule), false, 'too wide an interval');
    assert.equal(isSampled(wild(4), { ...defaultRule, halfWidth: 0.5 }), true);
    const short = steady(3).map(() => visit([[10]]));
    assert.equal(isSampled(short, defaultRule), false, 'too few runs');
  });

  it('gives up at the ceiling, later where visits had to be repeated', () => {
    const long = { wallMs: defaultRule.ceilingMs / 4 };
    assert.equal(
      isSampled(
        wild(4).map((one) => ({ ...one, ...long })),
        defaultRule,
      ),
      true,
    );
    const disturbed = steady(4, 10, { ...long, disturbances: [hog] });
    assert.equal(isSampled(disturbed, defaultRule), false);
    assert.equal(isSampled([...disturbed, ...disturbed], defaultRule), true);
  });

  it('leaves disturbed visits out as long as there are enough clean ones', () => {
    const disturbed = steady(2, 30, { disturbances: [hog] });
    assert.deepEqual(countedVisits([...disturbed, ...steady(3)], defaultRule).length, 3);
    assert.deepEqual(countedVisits([...disturbed, ...steady(2)], defaultRule).length, 4);
  });

  it('with fixed numbers takes one visit of exactly those, the last clean one', () => {
    const [first, second] = [visit([[1, 2]]), visit([[3, 4]])];
    const disturbed = visit([[9, 9]], { disturbances: [hog] });
    const otherRuns = visit([[1, 2, 3]]);
    const otherWarmups = visit([[1, 2]], { warmups: 3 });
    assert.equal(isSampled([otherRuns, otherWarmups], fixed(2)), false);
    assert.equal(isSampled([first], fixed(2)), true);
    assert.deepEqual(countedVisits([otherRuns, first, second, disturbed, otherWarmups], fixed(2)), [second]);
    assert.equal(isSampled([disturbed, disturbed], fixed(2)), false, 'a disturbed one is made again');
    assert.equal(isSampled([disturbed, disturbed, disturbed], fixed(2)), true, 'but not for ever');
    assert.deepEqual(countedVisits([disturbed, disturbed], fixed(2)), [disturbed]);
  });

  it('fills a visit with runs, at least three and at most a thousand, and one where it is long', () => {
    assert.equal(runsPerVisit(10, defaultRule), 25);
    assert.equal(runsPerVisit(0.001, defaultRule), 1000);
    assert.equal(runsPerVisit(1000, defaultRule), 3);
    assert.equal(runsPerVisit(3000, defaultRule), 1);
    assert.equal(runsPerVisit(3000, fixed(7)), 7);
  });
});

describe('a summary', () => {
  const visits = [visit([[1, 2, 3], [2, 4, 6]]), visit([[4, 5], [1, 9]])]; // biome-ignore format: replicas

  it('keeps each replica’s runs in time order', () => {
    assert.deepEqual(replicaSamples(visits), [[1, 2, 3, 4, 5], [2, 4, 6, 1, 9]]); // biome-ignore format: replicas
    assert.deepEqual(replicaSamples([]), []);
  });

  it('has every figure from the same population', () => {
    const stats = summariseLatencies(visits);
    assert.deepEqual(
      [stats.count, stats.medianMs, stats.minMs, stats.maxMs, stats.meanMs, stats.slowestMs],
      [10, 3.5, 1, 9, 3.7, 4],
    );
    assert.ok(stats.interval[0] <= stats.medianMs && stats.medianMs <= stats.interval[1]);
    assert.ok(stats.p90Ms >= stats.medianMs && stats.p99Ms >= stats.p90Ms && stats.p99Ms <= stats.maxMs);
  });

  it('takes the largest memory and the last read-back with the differences of all', () => {
    const readBack = { ...visits[0]!.readBack, differences: ['asked for 1 threads, 2 computed'] };
    const list = [
      visit([[1]], { memory: { rssBytes: 300, pssBytes: null, largestBatch: 1 }, readBack }),
      visit([[1]], { readBack }),
      visit([[1]], { memory: { rssBytes: 200, pssBytes: 80, largestBatch: 1 } }),
    ];
    const { rssBytes, pssBytes } = largestMemory(list);
    assert.deepEqual([rssBytes, pssBytes], [300, 80]);
    assert.deepEqual(lastReadBack(list), { ...visits[0]!.readBack, differences: readBack.differences });
  });
});

describe('a verdict', () => {
  const kinds = (visits: readonly Visit[]): string[] =>
    judge(visits, visits, true).disturbances.map(({ kind }) => kind);
  const noise = (index: number): number => 1 + 0.002 * Math.sin(index * 12.9898);
  const series = (length: number, at: (index: number) => number): Visit[] => [
    visit([Array.from({ length }, (_, index) => at(index) * noise(index))]),
  ];

  it('trusts what nothing disturbed', () => {
    const verdict = judge(steady(4), [...steady(4), ...steady(1, 10, { disturbances: [hog] })], true);
    assert.deepEqual(verdict, { trusted: true, disturbances: [], visitsLeftOut: 1, visits: 5 });
  });

  it('names the worst of each kind', () => {
    const visits = [10, 70, 30].flatMap((value) => steady(1, 10, { disturbances: [{ ...hog, value }] }));
    const { trusted, disturbances } = judge(visits, visits, true);
    assert.equal(trusted, false);
    assert.deepEqual(disturbances, [{ ...hog, value: 70 }]);
  });

  it('says when there are too few samples', () => {
    const { disturbances } = judge(steady(1), steady(1), false);
    assert.deepEqual(
      disturbances.map(({ kind, value }) => [kind, value]),
      [['too-few-samples', 3]],
    );
  });

  it('sees a drift, and not one below five per cent', () => {
    assert.deepEqual(kinds(series(60, (index) => 10 + index / 20)), ['drift']);
    assert.deepEqual(kinds(series(60, (index) => 10 + index / 400)), []);
  });

  it('sees two modes, and not that replicas differ in speed', () => {
    assert.deepEqual(kinds(series(60, (index) => (index % 2 === 0 ? 10 : 13))), ['two-modes']);
    const replicas = [10, 13].map((ms) => Array.from({ length: 30 }, (_, index) => ms * noise(index)));
    assert.deepEqual(kinds([visit(replicas)]), []);
  });
});

describe('a stored point', () => {
  const settings = { threads: 1, batch: 1 } as PointSettings;
  const stored = {
    measuredAt: '2026-01-01T00:00:00.000Z',
    state: 'measured',
    failure: null,
    rule: defaultRule,
  } as const;

  it('is summarised from what counts', () => {
    const visits = [...steady(4), ...steady(1, 90, { disturbances: [hog] })];
    const point = toPoint('hash', settings, { ...stored, visits });
    assert.ok(point.state === 'measured');
    assert.equal(point.stats.maxMs, 10.01);
    assert.deepEqual([point.verdict.visitsLeftOut, point.replicas], [1, 1]);
  });

  it('is summarised by the rule it was measured under', () => {
    const visits = [...steady(4), visit([[20, 20]])];
    const point = toPoint('hash', settings, { ...stored, visits, rule: fixed(2) });
    assert.ok(point.state === 'measured');
    assert.deepEqual([point.stats.count, point.stats.medianMs, point.verdict.trusted], [2, 20, true]);
  });

  it('is summarised from all there is where nothing fits the rule', () => {
    for (const rule of [fixed(50), null]) {
      const point = toPoint('hash', settings, { ...stored, visits: steady(2), rule });
      assert.ok(point.state === 'measured');
      assert.equal(point.stats.count, 6);
    }
  });

  it('that failed keeps its reason', () => {
    const failure = { kind: 'out-of-memory', message: 'too large' } as const;
    const point = toPoint('hash', settings, { ...stored, state: 'failed', visits: steady(2), failure });
    assert.ok(point.state === 'failed');
    assert.deepEqual([point.failure, point.message], ['out-of-memory', 'too large']);
  });
});
