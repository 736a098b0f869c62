import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { assignNodes } from './assign-nodes.ts';
import { type PlaceOptions, placeInstances } from './place-instances.ts';
import type { Cpu, Machine } from './types.ts';

/** A machine of nodes with so many cores each, two nodes a socket where `paired`; siblings are N and N + cores. */
function machineOf(
  nodes: readonly number[],
  { paired = false, quotaCores = null as number | null } = {},
): Machine {
  const places = nodes.flatMap((count, node) => Array.from({ length: count }, () => node));
  const cpus = [0, 1].flatMap((thread) =>
    places.map((node, core): Cpu => {
      const siblings = [core, core + places.length];
      const socket = paired ? Math.floor(node / 2) : node;
      return { id: siblings[thread]!, core, siblings, socket, node, kind: 'performance', allowed: true };
    }),
  );
  const usable = places
    .map((_, core) => core)
    .slice(0, quotaCores === null ? undefined : Math.floor(quotaCores));
  return { cpus, usable, usableBecause: ['All may be used.'], quotaCores } as unknown as Machine;
}

const nodesOf = (machine: Machine, cpus: readonly number[]): Set<number> =>
  new Set(cpus.map((id) => machine.cpus.find((cpu) => cpu.id === id)!.node));
const coresOf = (machine: Machine, cpus: readonly number[]): number[] =>
  cpus.map((id) => machine.cpus.find((cpu) => cpu.id === id)!.core);

/** Fewest instances that must be split, by trying every assignment. */
function fewestSplits(demands: readonly number[], free: readonly number[]): number {
  const [first, ...rest] = demands;
  if (first === undefined) return 0;
  const whole = free.flatMap((room, node) => (room < first ? [] : [free.with(node, room - first)]));
  return Math.min(1 + fewestSplits(rest, free), ...whole.map((next) => fewestSplits(rest, next)));
}

/** Nodes, and demands that fit into their sum. */
const problem = (mostNodes: number, mostCores: number) =>
  fc.array(fc.integer({ min: 1, max: mostCores }), { minLength: 1, maxLength: mostNodes }).chain((nodes) => {
    const total = nodes.reduce((a, b) => a + b);
    return fc.array(fc.integer({ min: 1, max: total }), { minLength: 1, maxLength: 6 }).map((wanted) => {
      let left = total;
      const threads: number[] = [];
      for (const count of wanted.filter((one) => one <= total))
        if (count <= left) {
          threads.push(count);
          left -= count;
        }
      return { nodes, threads };
    });
  });

describe('sequential', () => {
  test('fills one node after the other, in the order asked', () => {
    const machine = machineOf([4, 4]);
    assert.deepEqual(placeInstances({ machine, threads: [2, 2, 2] }), [
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });

  test('keeps instances whole where best fit decreasing would split one', () => {
    const machine = machineOf([6, 5]);
    const threads = [2, 3, 2, 4];
    for (const cpus of placeInstances({ machine, threads })) assert.equal(nodesOf(machine, cpus).size, 1);
  });

  test('splits only what no node can hold', () => {
    const machine = machineOf([4, 4]);
    const placed = placeInstances({ machine, threads: [2, 6] });
    assert.deepEqual(
      placed.map((cpus) => nodesOf(machine, cpus).size),
      [1, 2],
    );
  });

  test('splits over nodes of one socket rather than over sockets', () => {
    const machine = machineOf([3, 3, 4, 4], { paired: true });
    const [cpus] = placeInstances({ machine, threads: [8] });
    assert.deepEqual(nodesOf(machine, cpus!), new Set([2, 3]));
  });

  test('exact numbers, disjoint physical cores, as few split as any assignment', () => {
    fc.assert(
      fc.property(problem(4, 8), ({ nodes, threads }) => {
        const machine = machineOf(nodes);
        const placed = placeInstances({ machine, threads });
        assert.deepEqual(
          placed.map((cpus) => cpus.length),
          threads,
        );
        const cores = placed.flatMap((cpus) => coresOf(machine, cpus));
        assert.equal(new Set(cores).size, cores.length);
        const split = placed.filter((cpus) => nodesOf(machine, cpus).size > 1).length;
        assert.equal(split, fewestSplits(threads, nodes));
      }),
      { numRuns: 300 },
    );
  });

  test('many instances on many nodes are assigned without giving up', () => {
    const capacities = Array.from({ length: 16 }, (_, node) => 12 - (node % 3));
    const demands = capacities.flatMap((cores) => [Math.ceil(cores / 2), Math.floor(cores / 3)]);
    assert.ok(assignNodes(demands, capacities).every((node) => node !== null));
  });
});

describe('interleave', () => {
  const machine = machineOf([4, 4]);

  test('alternates sockets over the threads of an instance', () => {
    assert.deepEqual(placeInstances({ machine, threads: [4, 3], mapping: 'interleave' }), [
      [0, 4, 1, 5],
      [2, 6, 3],
    ]);
  });

  test('alternates sockets over instances of one thread', () => {
    assert.deepEqual(placeInstances({ machine, threads: [1, 1, 1], mapping: 'interleave' }), [[0], [4], [1]]);
  });

  test('on one socket is sequential', () => {
    assert.deepEqual(placeInstances({ machine: machineOf([4]), threads: [2], mapping: 'interleave' }), [
      [0, 1],
    ]);
  });

  test('exact numbers on disjoint cores', () => {
    fc.assert(
      fc.property(problem(3, 8), ({ nodes, threads }) => {
        const placed = placeInstances({ machine: machineOf(nodes), threads, mapping: 'interleave' });
        assert.deepEqual(
          placed.map((cpus) => cpus.length),
          threads,
        );
        assert.equal(new Set(placed.flat()).size, placed.flat().length);
      }),
    );
  });
});

describe('hardware threads', () => {
  const machine = machineOf([4]);

  test('fills the siblings of a core before the next core', () => {
    assert.deepEqual(placeInstances({ machine, threads: [4, 3], hardwareThreads: true }), [
      [0, 4, 1, 5],
      [2, 6, 3],
    ]);
    assert.deepEqual(placeInstances({ machine, threads: [1, 1, 1], hardwareThreads: true }), [[0], [4], [1]]);
  });

  test('instances share a core only where no whole one is left', () => {
    assert.deepEqual(placeInstances({ machine, threads: [3, 2, 3], hardwareThreads: true }), [
      [0, 4, 1],
      [2, 6],
      [5, 3, 7],
    ]);
  });

  test('a core with one allowed thread takes an odd one', () => {
    const cut = { ...machine, cpus: machine.cpus.map((cpu) => ({ ...cpu, allowed: cpu.id !== 4 })) };
    assert.deepEqual(placeInstances({ machine: cut, threads: [2, 3, 2], hardwareThreads: true }), [
      [1, 5],
      [0, 2, 6],
      [3, 7],
    ]);
  });

  test('alternates sockets by single threads, on as few cores as that takes', () => {
    const sockets = machineOf([2, 2]);
    assert.deepEqual(
      placeInstances({ machine: sockets, threads: [3, 4], mapping: 'interleave', hardwareThreads: true }),
      [
        [0, 2, 4],
        [3, 1, 7, 5],
      ],
    );
  });

  test('exact numbers, no CPU twice, as few split as any assignment', () => {
    fc.assert(
      fc.property(problem(4, 8), ({ nodes, threads }) => {
        const halved = machineOf(nodes.map((count) => Math.ceil(count / 2)));
        const placed = placeInstances({ machine: halved, threads, hardwareThreads: true });
        assert.deepEqual(
          placed.map((cpus) => cpus.length),
          threads,
        );
        assert.equal(new Set(placed.flat()).size, placed.flat().length);
        const split = placed.filter((cpus) => nodesOf(halved, cpus).size > 1).length;
        const room = nodes.map((count) => 2 * Math.ceil(count / 2));
        assert.equal(split, fewestSplits(threads, room));
      }),
      { numRuns: 300 },
    );
  });

  test('instances of whole cores get whole cores', () => {
    fc.assert(
      fc.property(problem(3, 4), ({ nodes, threads }) => {
        const whole = machineOf(nodes);
        const even = threads.map((count) => 2 * count);
        for (const mapping of ['sequential', 'interleave'] as const)
          for (const cpus of placeInstances({
            machine: whole,
            threads: even,
            mapping,
            hardwareThreads: true,
          }))
            if (mapping === 'sequential' || nodesOf(whole, cpus).size === 1)
              assert.equal(new Set(coresOf(whole, cpus)).size, cpus.length / 2);
      }),
    );
  });

  test('keeps within the CPU quota', () => {
    const limited = machineOf([4], { quotaCores: 2 });
    assert.throws(() => placeInstances({ machine: limited, threads: [4], hardwareThreads: true }), {
      code: 'machine',
    });
    assert.deepEqual(placeInstances({ machine: limited, threads: [2], hardwareThreads: true }), [[0, 4]]);
  });
});

describe('limits', () => {
  const machine = machineOf([4]);
  const refusal = (options: Omit<PlaceOptions, 'machine'>, code: string): void =>
    assert.throws(() => placeInstances({ machine, ...options }), { code, remedy: /./ });

  test('an excluded CPU keeps its whole core free', () => {
    assert.deepEqual(placeInstances({ machine, threads: [2], exclude: [4] }), [[1, 2]]);
  });

  test('more threads than cores are refused', () => {
    refusal({ threads: [3, 2] }, 'machine');
    refusal({ threads: [4], exclude: [0] }, 'machine');
    refusal({ threads: [9], hardwareThreads: true }, 'machine');
  });

  test('numbers of threads that make no sense are refused', () => {
    refusal({ threads: [0] }, 'usage');
    refusal({ threads: [1.5] }, 'usage');
  });

  test('no instances take no CPUs', () => {
    assert.deepEqual(placeInstances({ machine, threads: [] }), []);
  });
});
