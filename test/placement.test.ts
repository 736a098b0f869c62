import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  chooseCores,
  type Machine,
  type Mapping,
  placeInstances,
  readMachine,
} from '../src/machine/index.ts';
import { chooseUsableCpus } from '../src/machine/usable-cpus.ts';
import { cellSetKeys, type Placement, replicaCount } from '../src/profile/cell-set.ts';
import { builtMachines } from './support/built-machines.ts';
import { useMachineRoot } from './support/machine-fixture.ts';

const captured = readdirSync(resolve(import.meta.dirname, 'fixtures/machines'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const names = [...captured, ...Object.keys(builtMachines)];

/** T of each fixture: usable physical cores, and their hardware threads. */
const expectedCores: Readonly<Record<string, readonly [number, number]>> = {
  'two-core-epyc-kvm': [2, 2],
  'sixteen-core-xeon-kvm': [16, 16],
  'two-socket-96': [48, 96],
  'adjacent-siblings': [4, 8],
  'unequal-nodes': [18, 36],
  'hybrid-laptop': [6, 12],
  'offline-cpus': [7, 8],
  'container-cpuset-v2': [2, 4],
  'container-cut-cores': [6, 7],
  'container-cpuset-v1': [2, 2],
  'quota-2.5': [2, 2],
  'quota-0.5': [1, 1],
  'arm-server': [32, 32],
  'arm-four-threads': [8, 32],
  'arm-big-little': [4, 4],
};

const ways = [false, true].flatMap((hardwareThreads) =>
  (['sequential', 'interleave'] as const).map((mapping) => ({ hardwareThreads, mapping })),
);
type Way = { readonly hardwareThreads: boolean; readonly mapping: Mapping };

const engine = {
  engine: 'null',
  modelFile: '',
  optimization: 'all',
  spinAfterRun: false,
  signature: { inputs: [], outputs: [] },
} as const;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);
const cpuOf = (machine: Machine, id: number) => machine.cpus.find((cpu) => cpu.id === id)!;

/** What holds for every placement: t CPUs for t threads, none twice, all allowed, whole cores unless asked otherwise. */
function assertPlaced(
  machine: Machine,
  threads: readonly number[],
  places: readonly (readonly number[])[],
  hardwareThreads: boolean,
): void {
  assert.deepEqual(
    places.map((cpus) => cpus.length),
    threads,
  );
  const cpus = places.flat().map((id) => cpuOf(machine, id));
  assert.equal(new Set(cpus).size, cpus.length, 'a CPU has two threads');
  const cores = new Set(cpus.map(({ core }) => core));
  if (!hardwareThreads) assert.equal(cores.size, cpus.length, 'two threads share a core');
  const usableCores = new Set(machine.usable.map((id) => cpuOf(machine, id).core));
  assert.ok(cpus.every(({ allowed, core }) => allowed && usableCores.has(core)));
}

/** T without the code under test: allowed threads of the usable cores, as many as the quota pays for. */
function hardwareThreadsOf({ cpus, usable, quotaCores }: Machine): number {
  const cores = new Set(cpus.filter(({ id }) => usable.includes(id)).map(({ core }) => core));
  const siblings = cpus.filter(({ allowed, core }) => allowed && cores.has(core)).length;
  return Math.min(siblings, Math.max(1, Math.floor(quotaCores ?? siblings)));
}

function placementOf(whole: Machine, way: Way, cores = whole.usable.length): Placement {
  const { hardwareThreads } = way;
  return {
    ...chooseCores(whole, { cores, hardwareThreads }),
    ...way,
    memoryPolicy: { mode: 'default' },
  };
}

/** Checks the instances of a cell; gives their CPUs. */
function assertCellPlaced(placement: Placement, threads: number): readonly number[][] {
  const { machine, cores, hardwareThreads } = placement;
  const placesOf = (mode: 'together' | 'alone') =>
    cellSetKeys({ threads, batch: 1, mode }, engine, placement).map(({ cpus }) => cpus as number[]);
  const together = placesOf('together');
  const filler = cores % threads === 0 ? [] : [cores % threads];
  const replicas = replicaCount({ threads, batch: 1, mode: 'together' }, cores);
  assertPlaced(machine, [...Array(replicas).fill(threads), ...filler], together, hardwareThreads);
  assert.equal(together.flat().length, cores, 'a core idles');
  assert.deepEqual(placesOf('alone'), together.slice(0, 1));
  return together;
}

/** Of equal instances, as many stay within a node as its CPUs allow. */
function assertFewCrossNodes(
  machine: Machine,
  places: readonly (readonly number[])[],
  threads: number,
): void {
  const nodesOf = (cpus: readonly number[]) => cpus.map((id) => cpuOf(machine, id).node);
  const roomOf = Map.groupBy(nodesOf(places.flat()), (node) => node);
  const whole = sum([...roomOf.values()].map(({ length }) => Math.floor(length / threads)));
  const replicas = places.filter((cpus) => cpus.length === threads);
  const crossing = replicas.filter((cpus) => new Set(nodesOf(cpus)).size > 1);
  assert.equal(crossing.length, Math.max(0, replicas.length - whole), `${threads} threads cross nodes`);
}

/** The machine as a mask and a quota would show it. */
function limited(machine: Machine, allowed: readonly number[], quotaCores: number | null): Machine {
  const cpus = machine.cpus.map((cpu) => ({ ...cpu, allowed: allowed.includes(cpu.id) }));
  return { ...machine, cpus, quotaCores, ...chooseUsableCpus(cpus, quotaCores) };
}

/** Leaves out what would exceed T. */
function withinCores(wanted: readonly number[], cores: number): number[] {
  const taken: number[] = [];
  for (const threads of wanted) if (sum(taken) + threads <= cores) taken.push(threads);
  return taken;
}

describe('every machine', () => {
  test('has its numbers here', () => assert.deepEqual(Object.keys(expectedCores).sort(), [...names].sort()));

  for (const name of names)
    test(`${name}: every cell, and any set that is within T`, (t) => {
      const whole = readMachine(useMachineRoot(t, name), 'linux');
      assert.deepEqual(
        [false, true].map(
          (hardwareThreads) => placementOf(whole, { hardwareThreads, mapping: 'sequential' }).cores,
        ),
        expectedCores[name],
      );
      assert.equal(hardwareThreadsOf(whole), expectedCores[name]![1]);

      for (const way of ways) {
        const placement = placementOf(whole, way);
        for (const threads of upTo(placement.cores)) {
          const places = assertCellPlaced(placement, threads);
          if (way.mapping === 'sequential') assertFewCrossNodes(whole, places, threads);
        }
      }

      const group = fc.record({ instances: fc.integer({ min: 1, max: 8 }), threads: fc.nat() });
      const limits = fc.record({
        allowed: fc.subarray(
          whole.cpus.map(({ id }) => id),
          { minLength: 1 },
        ),
        quotaCores: fc.option(fc.double({ min: 0.1, max: whole.cpus.length, noNaN: true })),
        cores: fc.nat(),
        groups: fc.array(group, { minLength: 1, maxLength: 6 }),
        way: fc.constantFrom(...ways),
      });
      fc.assert(
        fc.property(limits, ({ allowed, quotaCores, cores, groups, way }) => {
          const { hardwareThreads, mapping } = way;
          const left = limited(whole, allowed, quotaCores);
          const placement = placementOf(left, way, 1 + (cores % left.usable.length));
          const { machine, cores: most } = placement;
          if (hardwareThreads) assert.equal(most, hardwareThreadsOf(machine));
          else assert.equal(most, machine.usable.length);
          const wanted = groups.flatMap(({ instances, threads }) =>
            Array.from({ length: instances }, () => 1 + (threads % most)),
          );
          const threads = withinCores(wanted, most);
          const places = placeInstances({ machine, threads, mapping, hardwareThreads });
          assertPlaced(machine, threads, places, hardwareThreads);
          assertCellPlaced(placement, 1 + (wanted.length % most));
        }),
        { numRuns: 200 },
      );
    });
});

describe('chosen cores', () => {
  test('are physical ones, with hardware threads too', (t) => {
    const whole = readMachine(useMachineRoot(t, 'two-socket-96'), 'linux');
    const { machine, cores } = chooseCores(whole, { cores: 3, hardwareThreads: true });
    assert.deepEqual([machine.usable, cores], [[0, 1, 2], 6]);
    assert.match(machine.usableBecause.at(-1)!, /6 on these cores are used.*: 0-2,48-50\./);
    assert.deepEqual(chooseCores(whole, { cores: 3, hardwareThreads: false }).machine.usable, [0, 1, 2]);
  });

  test('are those only that the quota pays for', (t) => {
    const whole = readMachine(useMachineRoot(t, 'quota-2.5'), 'linux');
    const { machine, cores } = chooseCores(whole, { cores: 2, hardwareThreads: true });
    assert.deepEqual([machine.usable, cores], [[0], 2]);
  });

  test('may have one hardware thread or two', (t) => {
    const whole = readMachine(useMachineRoot(t, 'container-cut-cores'), 'linux');
    const { machine, cores } = chooseCores(whole, { cores: whole.usable.length, hardwareThreads: true });
    const places = placeInstances({ machine, threads: [2, 2, 1, 2], hardwareThreads: true });
    assert.equal(cores, 7);
    assert.deepEqual(places, [[12, 5], [0, 8], [1], [2, 10]]);
  });
});
