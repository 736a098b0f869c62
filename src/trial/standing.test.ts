import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../stats/index.ts';
import { endingOf, type Lane, leaveBeaten, roundsNeeded } from './lanes.ts';
import type { Round } from './run-round.ts';
import { standingOf, standingsOf } from './standing.ts';

const rule = { minRounds: 8, maxRounds: 60, ceilingMs: 1000 };

function round(ms: number): Round {
  return { timesMs: [ms], skewMs: 0, disturbances: [], busy: {}, wallMs: ms, rssBytes: 0 };
}

function lane(name: string, timesMs: readonly number[]): Lane {
  const contender = {
    names: [name],
    groups: [],
    kind: 'pinned' as const,
    predictedMs: null,
    predictionInterval: null,
  };
  return { contender, rounds: timesMs.map(round), state: 'running' };
}

const random = seededRandom(5);
/** Normal, roughly: the sum of twelve uniform numbers. */
const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6);
const times = (ms: number, count: number, noise = 0.002): number[] =>
  Array.from({ length: count }, () => ms * (1 + noise * normal()));

describe('a standing', () => {
  it('is the same within one per cent, slower from a clear distance on, open otherwise', () => {
    assert.equal(standingOf({ ratio: 1.001, interval: [0.995, 1.005] }), 'same');
    assert.equal(standingOf({ ratio: 1.004, interval: [1.002, 1.006] }), 'same');
    assert.equal(standingOf({ ratio: 1.2, interval: [1.15, 1.25] }), 'slower');
    assert.equal(standingOf({ ratio: 1.02, interval: [1.005, 1.04] }), 'open');
    assert.equal(standingOf({ ratio: 1.1, interval: [0.9, 1.3] }), 'open');
  });

  it('is measured against the fastest of those that ran longest', () => {
    const rounds = [times(100, 8), times(120, 20), times(150, 20)].map((list) => list.map(round));
    assert.deepEqual(standingsOf(rounds)[1], 'leader');
  });

  it('of equals parts by chance in less than one trial of twenty, looked at after every round', () => {
    let parted = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial++) {
      const [a, b] = [times(100, 60, 0.05), times(100, 60, 0.05)];
      for (let count = 8; count <= 60; count++) {
        const rounds = [a, b].map((list) => list.slice(0, count).map(round));
        if (!standingsOf(rounds).includes('slower')) continue;
        parted++;
        break;
      }
    }
    assert.ok(parted < trials / 20, `${parted} of ${trials}`);
  });
});

describe('the lanes of a trial', () => {
  it('end when they have parted, and not before the floor', () => {
    const lanes = (count: number): Lane[] => [
      lane('plan', times(100, count)),
      lane('fat', times(120, count)),
    ];
    assert.equal(endingOf(lanes(7), rule, 0), null);
    assert.equal(endingOf(lanes(8), rule, 0), 'parted');
    assert.equal(roundsNeeded(lanes(8), rule), 8);
    assert.equal(endingOf([lane('given', times(100, 8))], rule, 0), 'parted');
  });

  it('end with the budget or the most rounds where they do not part', () => {
    const lanes = (count: number): Lane[] =>
      [0, 1].map((at) =>
        lane(
          'plan',
          Array.from({ length: count }, (_, i) => 100 + ((i + at) % 2) * 40),
        ),
      );
    assert.equal(endingOf(lanes(2), rule, 5000), null);
    assert.equal(endingOf(lanes(8), rule, 999), null);
    assert.ok(roundsNeeded(lanes(8), rule) > 8);
    assert.equal(endingOf(lanes(3), rule, 1001), 'budget');
    assert.equal(endingOf(lanes(60), rule, 999), 'rounds');
  });

  it('let a beaten alternative go at once, baselines after the floor', () => {
    const lanes = (count: number): Lane[] => [
      lane('plan', times(100, count)),
      lane('plan 2', times(150, count)),
      lane('thin', times(150, count)),
    ];
    const early = lanes(4);
    leaveBeaten(early, rule);
    assert.deepEqual(
      early.map(({ state }) => state),
      ['running', 'beaten', 'running'],
    );
    const late = lanes(8);
    leaveBeaten(late, rule);
    assert.deepEqual(
      late.map(({ state }) => state),
      ['running', 'beaten', 'beaten'],
    );
  });
});
