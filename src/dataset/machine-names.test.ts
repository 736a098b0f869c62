import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { studyPoint } from '../../test/support/study-data.ts';
import { datasetsOfPoints, gridsOfDatasets, type MeasuredPlace } from './index.ts';

interface Box {
  readonly topology: string;
  readonly cores?: number;
  readonly cpuModel?: string;
}

/** Two cells on a machine. */
function placesOn({ topology, cores, cpuModel = 'AMD EPYC' }: Box): MeasuredPlace[] {
  return [1, 8].map((batch) => {
    const point = studyPoint({ threads: 1, batch, medianMs: batch });
    return {
      point: { ...point, settings: { ...point.settings, cpuModel, topology } },
      machine: cores === undefined ? {} : { usable: Array.from({ length: cores }, (_, core) => core) },
      versions: {},
    };
  });
}

const datasetsOn = (...boxes: readonly Box[]) => datasetsOfPoints(boxes.flatMap(placesOn));

const namesOf = (...boxes: readonly Box[]): string[] =>
  datasetsOn(...boxes).map(({ machine }) => machine.name);

describe('machines of one CPU', () => {
  it('have its name where there is one of them', () => {
    assert.deepEqual(namesOf({ topology: 'aaaaaaaa', cores: 2 }, { topology: 'b', cpuModel: 'Xeon' }), [
      'AMD EPYC',
      'Xeon',
    ]);
  });

  it('are told apart by their cores or, where those agree or are not known, by their topology', () => {
    assert.deepEqual(namesOf({ topology: 'aaaaaaaa', cores: 1 }, { topology: 'bbbbbbbb', cores: 8 }), [
      'AMD EPYC, 1 core',
      'AMD EPYC, 8 cores',
    ]);
    assert.deepEqual(
      namesOf(
        { topology: 'aaaaaaaa', cores: 8 },
        { topology: 'bbbbbbbb', cores: 8 },
        { topology: 'cccccccc', cores: 2 },
        { topology: 'dddddddd' },
      ).sort(),
      [
        'AMD EPYC',
        'AMD EPYC, 2 cores',
        'AMD EPYC, 8 cores, topology aaaaaa',
        'AMD EPYC, 8 cores, topology bbbbbb',
      ],
    );
    assert.deepEqual(namesOf({ topology: 'aaaaaaaa' }, { topology: 'bbbbbbbb' }), [
      'AMD EPYC, topology aaaaaa',
      'AMD EPYC, topology bbbbbb',
    ]);
  });

  it('have a grid each', () => {
    const grids = gridsOfDatasets(
      datasetsOn({ topology: 'aaaaaaaa', cores: 2 }, { topology: 'bbbbbbbb', cores: 8 }),
    );
    assert.deepEqual(
      grids.map(({ key, system, records }) => [key, system, records.map((one) => one.system)]),
      [
        ['grid-amd-epyc-2-cores', 'AMD EPYC, 2 cores', ['AMD EPYC, 2 cores', 'AMD EPYC, 2 cores']],
        ['grid-amd-epyc-8-cores', 'AMD EPYC, 8 cores', ['AMD EPYC, 8 cores', 'AMD EPYC, 8 cores']],
      ],
    );
  });
});
