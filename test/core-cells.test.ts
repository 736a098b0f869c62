/** What a study over cores measures on machines with and without hardware threads. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseCores, readMachine } from '../src/machine/index.ts';
import { cellSetKeys, type Placement } from '../src/profile/cell-set.ts';
import { coreCells, withSiblings } from '../src/study/index.ts';
import { useMachineRoot } from './support/machine-fixture.ts';

const engine = {
  engine: 'null',
  modelFile: '/none.onnx',
  optimization: 'all',
  spinAfterRun: false,
  signature: { inputs: [], outputs: [] },
} as const;

function placementOn(context: Parameters<typeof useMachineRoot>[0], name: string): Placement {
  const whole = readMachine(useMachineRoot(context, name));
  const { machine, cores } = chooseCores(whole, { cores: whole.usable.length, hardwareThreads: false });
  return { machine, cores, mapping: 'sequential', hardwareThreads: false, memoryPolicy: { mode: 'default' } };
}

/** How many physical cores the one instance of each cell gets. */
function coresTaken(placement: Placement, counts: readonly number[]): number[] {
  return coreCells(counts, [1], placement).map(({ cell }) => {
    const keys = cellSetKeys(cell, engine, placement);
    assert.equal(keys.length, 1);
    const taken = placement.machine.cpus.filter(({ id }) => keys[0]!.cpus!.includes(id));
    assert.equal(taken.length, cell.threads);
    return new Set(taken.map(({ core }) => core)).size;
  });
}

const powers = (most: number): number[] => [1, 2, 4, 8, 16, 32, 48].filter((count) => count <= most);

describe('cells of a study over cores', () => {
  for (const [name, threadsOfTwo] of [
    ['two-socket-96', 4],
    ['adjacent-siblings', 4],
    ['hybrid-laptop', 4],
    ['unequal-nodes', 4],
    ['arm-four-threads', 8],
  ] as const)
    it(`take as many cores as they say, also with hardware threads: ${name}`, (context) => {
      const placement = placementOn(context, name);
      const counts = powers(placement.cores);
      assert.deepEqual(coresTaken(placement, counts), counts);
      const siblings = withSiblings(placement)!;
      assert.deepEqual(coresTaken(siblings, counts), counts);
      assert.equal(coreCells([2], [1], siblings)[0]!.cell.threads, threadsOfTwo);
    });

  for (const name of ['two-core-epyc-kvm', 'arm-server', 'quota-2.5'])
    it(`know where there are no hardware threads to use: ${name}`, (context) => {
      assert.equal(withSiblings(placementOn(context, name)), null);
    });

  it('are one for each batch', (context) => {
    const cells = coreCells([1, 2], [1, 8], placementOn(context, 'arm-server'));
    assert.deepEqual(
      cells.map(({ cores, cell }) => [cores, cell.threads, cell.batch, cell.mode]),
      [
        [1, 1, 1, 'alone'],
        [1, 1, 8, 'alone'],
        [2, 2, 1, 'alone'],
        [2, 2, 8, 'alone'],
      ],
    );
  });
});
