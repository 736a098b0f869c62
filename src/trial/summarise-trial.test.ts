import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Disturbance } from '../machine/index.ts';
import { type Contender, contendersFor } from './contenders.ts';
import type { Round } from './run-round.ts';
import { summariseTrial as summariseRun } from './summarise-trial.ts';
import type { Ending, TrialFailure, TrialResult } from './types.ts';

const hog: Disturbance = { kind: 'foreign-load', value: 40, threshold: 3, unit: '%', text: 'others' };
const noise = (index: number): number => 1 + 0.001 * Math.sin(index * 12.9898);

function round(ms: number, index: number, more: Partial<Round> = {}): Round {
  const timesMs = [ms * noise(index), ms * noise(index + 0.5)];
  return {
    timesMs,
    skewMs: 0.1,
    disturbances: [],
    busy: { 0: 0.75, 1: 0.5 },
    wallMs: 2 * ms,
    rssBytes: 1e8,
    ...more,
  };
}

const rounds = (ms: number, count = 10): Round[] =>
  Array.from({ length: count }, (_, index) => round(ms, index));

/** Two instances of one thread, fat, thin (the same as the first), default; on two cores. */
const contenders: readonly Contender[] = [
  {
    names: ['plan', 'thin'],
    groups: [{ instances: 2, threads: 1, batch: 8 }],
    kind: 'pinned',
    predictedMs: 100,
    predictionInterval: [98, 103],
  },
  {
    names: ['fat'],
    groups: [{ instances: 1, threads: 2, batch: 16 }],
    kind: 'pinned',
    predictedMs: null,
    predictionInterval: null,
  },
  ...contendersFor([{ instances: 1, threads: 2, batch: 16 }], 2, 16, () => null).filter(
    ({ kind }) => kind === 'default',
  ),
];

function summariseTrial(
  contenders: readonly Contender[],
  rounds: readonly (readonly Round[])[],
  { failures = [], endedBy = 'parted' }: { failures?: readonly TrialFailure[]; endedBy?: Ending } = {},
): TrialResult {
  return summariseRun({ contenders, rounds, items: 16, cores: 2, minRounds: 8, endedBy, failures });
}

describe('the summary of a trial', () => {
  it('names the winner, and how much faster it is than each baseline', () => {
    const result = summariseTrial(contenders, [rounds(100), rounds(125), rounds(150)]);
    assert.equal(result.winner, 'plan = thin');
    assert.equal(result.speedup.fat!.ratio.toFixed(2), '1.25');
    assert.equal(result.speedup.default!.ratio.toFixed(2), '1.50');
    assert.deepEqual(result.speedup.thin, { ratio: 1, interval: [1, 1] });
    assert.match(
      result.verdict,
      /^⟨2,1,8⟩ is 1\.25 times as fast as fat \(95 % interval 1\.25 to 1\.25\), 1\.50 times as fast as default \(.*\)\.$/,
    );
    const [plan] = result.configurations;
    assert.ok(Math.abs(plan!.itemsPerSecond - 160) < 1);
    assert.deepEqual([plan!.count, plan!.verdict.visits, plan!.busy], [20, 10, { 0: 0.75, 1: 0.5 }]);
  });

  it('names what could not be run, and compares with the rest', () => {
    const failures = [{ name: 'fat', message: 'ONNX Runtime ran out of memory' }];
    const [plan, , today] = contenders;
    const result = summariseTrial([plan!, today!], [rounds(100), rounds(150)], { failures });
    assert.equal(result.speedup.fat, null);
    assert.deepEqual(result.failures, failures);
    assert.match(result.verdict, /as default .*\. fat could not be run: ONNX Runtime ran out of memory\.$/);
  });

  it('says where there is no significant difference', () => {
    const result = summariseTrial(contenders, [rounds(100), rounds(100), rounds(150)]);
    assert.equal(result.winner, 'plan = thin');
    assert.match(result.verdict, /times as fast as default .*; no significant difference from fat\.$/);
  });

  it('says where it is faster than none', () => {
    const result = summariseTrial(contenders, [rounds(100), rounds(100), rounds(100)]);
    assert.equal(result.verdict, '⟨2,1,8⟩ is not significantly faster than any baseline here.');
  });

  it('keeps the plan where another is faster by chance only, and lets it go where it is not', () => {
    const byChance = summariseTrial(contenders, [rounds(100), rounds(99.99), rounds(150)]);
    assert.equal(byChance.winner, 'plan = thin');
    const really = summariseTrial(contenders, [rounds(100), rounds(80), rounds(150)]);
    assert.equal(really.winner, 'fat');
    assert.match(
      really.verdict,
      /^⟨1,2,16⟩ \(fat\) is 1\.25 times as fast as the plan = thin \(95 % .*\), 1\.8\d times as fast as default/,
    );
    assert.equal(really.speedup.plan!.ratio.toFixed(2), '1.25');
    assert.deepEqual(byChance.speedup.plan, { ratio: 1, interval: [1, 1] });
  });

  it('names an alternative that wins, and by how much over the plan', () => {
    const second: Contender = {
      names: ['plan 2'],
      groups: [{ instances: 1, threads: 1, batch: 16 }],
      kind: 'pinned',
      predictedMs: 101,
      predictionInterval: null,
    };
    const [plan, fat] = contenders;
    const times = [rounds(100), rounds(90), rounds(90.1)];
    const result = summariseTrial([plan!, second, fat!], times);
    assert.equal(result.winner, 'plan 2');
    assert.match(
      result.verdict,
      /^⟨1,1,16⟩ \(plan 2\) is 1\.11 times as fast as the plan = thin \(.*\); no significant difference from fat\.$/,
    );
    const kept = summariseTrial([plan!, second, fat!], [rounds(100), rounds(99.9), rounds(150)]);
    assert.doesNotMatch(kept.verdict, /plan 2/);
  });

  it('says how a given set does that does not win', () => {
    const given: Contender = { ...contenders[0]!, names: ['given'] };
    const result = summariseTrial([given, contenders[1]!], [rounds(100), rounds(80)]);
    assert.match(result.verdict, /^⟨1,2,16⟩ \(fat\) is 1\.25 times as fast as the given \(/);
    assert.equal(result.speedup.plan, null);
  });

  it('compares with the default round by round, not by the medians of all', () => {
    // The machine halves its speed midway: in each round the default takes 1.5 times as long all the same.
    const slowing = (ms: number): Round[] =>
      Array.from({ length: 12 }, (_, index) => round(index < 4 ? ms : 2 * ms, index));
    const result = summariseTrial(contenders, [slowing(100), rounds(125, 12), slowing(150)]);
    const [plan, fat, byDefault] = result.configurations;
    assert.equal(plan!.overDefault!.ratio.toFixed(3), '1.500');
    assert.deepEqual(
      result.speedup.default,
      result.configurations.find(({ name }) => name === result.winner)!.overDefault,
    );
    assert.ok(fat!.overDefault!.interval[0] < fat!.overDefault!.interval[1]);
    assert.deepEqual(byDefault!.overDefault, { ratio: 1, interval: [1, 1] });
    const without = summariseTrial(contenders.slice(0, 2), [rounds(100), rounds(125)]);
    assert.deepEqual(
      without.configurations.map(({ overDefault }) => overDefault),
      [null, null],
    );
  });

  it('calls the default by its name where that wins', () => {
    const result = summariseTrial(contenders, [rounds(100), rounds(125), rounds(50)]);
    assert.equal(result.winner, 'default');
    assert.match(
      result.verdict,
      /^The default is 2\.00 times as fast as the plan = thin .*, 2\.\d\d times as fast as fat/,
    );
  });

  it('leaves disturbed rounds out where enough clean ones are left', () => {
    const disturbed = [round(400, 1, { disturbances: [hog] }), round(400, 2, { disturbances: [hog] })];
    const result = summariseTrial(contenders, [
      [...rounds(100), ...disturbed],
      rounds(125, 12),
      rounds(150, 12),
    ]);
    const [plan] = result.configurations;
    assert.deepEqual([plan!.verdict.trusted, plan!.verdict.visitsLeftOut, plan!.count], [true, 2, 20]);
    assert.equal(result.speedup.fat!.ratio.toFixed(2), '1.25');
    const short = summariseTrial(contenders, [
      [...rounds(100, 2), ...disturbed],
      rounds(125, 4),
      rounds(150, 4),
    ]);
    assert.equal(short.configurations[0]!.verdict.trusted, false);
    assert.deepEqual(short.configurations[0]!.verdict.disturbances, [hog]);
  });

  it('says how predictions turned out', () => {
    const result = summariseTrial(contenders, [rounds(102), rounds(125), rounds(150)]);
    const { ratio, interval, stated, within } = result.configurations[0]!.prediction!;
    assert.equal(ratio.toFixed(2), '1.02');
    assert.ok(interval[0] <= ratio && ratio <= interval[1]);
    assert.deepEqual([stated, within], [[98, 103], true]);
    assert.equal(result.configurations[1]!.prediction, null);
    const missed = summariseTrial(contenders, [rounds(110), rounds(125), rounds(150)]);
    assert.equal(missed.configurations[0]!.prediction!.within, false);
  });

  it('counts the common rounds of one that left early, and never makes it the winner', () => {
    // The machine halves its speed after eight rounds, when fat has left.
    const slowing = Array.from({ length: 20 }, (_, index) => round(index < 8 ? 100 : 200, index));
    const result = summariseTrial(contenders, [slowing, rounds(125, 8), slowing]);
    assert.equal(result.winner, 'plan = thin');
    assert.equal(result.speedup.fat!.ratio.toFixed(2), '1.25');
    assert.equal(result.rounds, 20);
    assert.deepEqual(
      result.configurations.map(({ rounds: count, standing }) => [count, standing]),
      [
        [20, 'leader'],
        [8, 'slower'],
        [20, 'same'],
      ],
    );
  });
});
