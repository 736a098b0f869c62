import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseVariant, type MeasuredCell, type SettingName, settingNames, type Variant } from './index.ts';

/** What own points have where nothing else was asked for, each beside a value that comes before it in the alphabet. */
const unasked: Readonly<Record<SettingName, readonly [string, string]>> = {
  engine: ['onnxruntime 1', 'null 1'],
  precision: ['original', 'int8 dynamic'],
  optimization: ['script', 'none'],
  mapping: ['sequential', 'interleave'],
  hardwareThreads: ['off', 'no'],
  memoryPolicy: ['default', 'bind 0'],
  allocator: ['glibc', 'a'],
  hugePages: ['system', 'malloc'],
  spinning: ['in runs', 'a'],
  interOpThreads: ['1', '0'],
  pinning: ['on', 'off'],
  mode: ['alone', 'a'],
};

const base = Object.fromEntries(settingNames.map((name) => [name, unasked[name][0]])) as Variant;

const cellWith = (values: Partial<Variant>): MeasuredCell => ({
  state: 'measured',
  variant: { ...base, ...values },
  ...{ threads: 1, batch: 1, instances: 1 },
  origin: { kind: 'line', file: 'a.csv', line: 2 },
  latency: {
    statistic: 'median',
    ms: 1,
    ...{ interval: null, averageMs: null, minMs: null, maxMs: null, slowestMs: null, runs: null },
    percentiles: {},
  },
  itemsPerSecond: 1000,
  throughputFrom: 'derived',
  trusted: true,
  disturbances: [],
});

describe('the usual settings', () => {
  it('are a combination that some cell has', () => {
    // Each value by itself is in the majority; together they were not measured.
    const cells = [cellWith({ allocator: 'jemalloc' }), ...[1, 2, 3].map(() => cellWith({ pinning: 'off' }))];
    const { usual, varying } = chooseVariant({ cells });
    assert.deepEqual([usual.pinning, usual.allocator], ['on', 'jemalloc']);
    assert.deepEqual(varying.get('allocator'), ['jemalloc', 'glibc']);
  });

  for (const name of settingNames)
    it(`are what is done unasked where two values of ${name} have as many cells`, () => {
      const [usual, other] = unasked[name];
      const { varying } = chooseVariant({ cells: [cellWith({ [name]: other }), cellWith({})] });
      assert.deepEqual([...varying], [[name, [usual, other]]]);
    });

  it('put what most cells have before that, and all optimizations before some', () => {
    const usualOf = (name: SettingName, ...values: readonly string[]): string =>
      chooseVariant({ cells: values.map((value) => cellWith({ [name]: value })) }).usual[name];
    assert.equal(usualOf('allocator', 'glibc', 'jemalloc', 'jemalloc'), 'jemalloc');
    assert.equal(usualOf('optimization', 'all', 'basic'), 'all');
    assert.equal(usualOf('optimization', 'all', 'disabled'), 'all');
  });
});
