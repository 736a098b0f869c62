import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coresStudy, type PlacedPoint } from '../src/study/cores-study.ts';
import { failedPoint, studyPoint } from './support/study-data.ts';

const placed = (cores: number, medianMs: number, more: object = {}): PlacedPoint => ({
  cores,
  point: studyPoint({ threads: cores, medianMs, ...more }),
});

describe('a study over cores', () => {
  it('makes a curve for each size and batch, by ascending cores', () => {
    const study = coresStudy(
      [placed(2, 60), placed(1, 100), placed(1, 20, { sequence: 32 }), placed(1, 390, { batch: 4 })],
      'not asked',
    );
    assert.deepEqual(
      study.curves.map(({ dims, batch, points }) => [
        dims['sequence'],
        batch,
        points.map(({ cores }) => cores),
      ]),
      [
        [128, 1, [1, 2]],
        [32, 1, [1]],
        [128, 4, [1]],
      ],
    );
    assert.equal(study.hardwareThreads, 'not asked');
  });

  it('gives speed-ups over the fewest cores, with the widest quotients of the intervals', () => {
    const [curve] = coresStudy(
      [placed(1, 100, { halfWidth: 0.1 }), placed(4, 50, { batch: 1 })],
      'not asked',
    ).curves;
    const [first, last] = curve!.points;
    assert.deepEqual(first!.speedUp, { ratio: 1, interval: [1, 1] });
    assert.equal(last!.speedUp.ratio, 2);
    assert.ok(Math.abs(last!.speedUp.interval[0] - 90 / 50.5) < 1e-9);
    assert.ok(Math.abs(last!.speedUp.interval[1] - 110 / 49.5) < 1e-9);
    assert.equal(last!.itemsPerSecond.value, 20);
    assert.ok(last!.itemsPerSecond.interval[0] < 20 && last!.itemsPerSecond.interval[1] > 20);
  });

  it('stops where no later doubling gains a fifth, and names the fastest', () => {
    const stopOf = (...rows: [number, number][]): [number, number] => {
      const [curve] = coresStudy(
        rows.map(([cores, ms]) => placed(cores, ms)),
        'not asked',
      ).curves;
      return [curve!.stopsAt, curve!.fastest];
    };
    assert.deepEqual(stopOf([1, 100], [2, 50], [4, 25]), [4, 4]);
    assert.deepEqual(stopOf([1, 100], [2, 50], [4, 45], [8, 44]), [2, 8]);
    assert.deepEqual(stopOf([1, 100], [2, 95], [4, 99]), [1, 2]);
    // A step that gains little between two that gain much is no end.
    assert.deepEqual(stopOf([1, 100], [2, 95], [4, 50]), [4, 4]);
    // From 4 to 6 cores 1.12× are 1.21× a doubling.
    assert.deepEqual(stopOf([1, 100], [4, 50], [6, 50 / 1.12]), [6, 6]);
    assert.deepEqual(stopOf([1, 100], [4, 50], [6, 50 / 1.1]), [4, 6]);
  });

  it('says what hardware threads change on the same cores', () => {
    const withSiblings = (cores: number, medianMs: number): PlacedPoint => ({
      cores,
      point: studyPoint({ threads: 2 * cores, medianMs, hardwareThreads: true, trusted: false }),
    });
    const study = coresStudy(
      [placed(1, 100), placed(2, 50), withSiblings(2, 40), withSiblings(4, 30)],
      'measured',
    );
    assert.equal(study.curves.length, 2);
    assert.deepEqual(
      study.siblings.map(({ cores, gain, trusted }) => [cores, gain.ratio, trusted]),
      [[2, 1.25, false]],
    );
  });

  it('lists what failed', () => {
    const study = coresStudy([{ cores: 2, point: failedPoint({ threads: 2, medianMs: 1 }) }], 'not asked');
    assert.deepEqual(study.curves, []);
    assert.deepEqual(study.failures, [
      { place: 'sequence 128, batch 1, 2 cores', message: 'out-of-memory: no room', impossible: false },
    ]);
  });
});
