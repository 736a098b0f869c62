import { ThinferError } from '../errors.ts';
import { assignNodes } from './assign-nodes.ts';
import { type CoreSlot, listCoreSlots } from './core-slots.ts';
import type { Machine, Mapping } from './types.ts';

/** What to place, and how. */
export interface PlaceOptions {
  readonly machine: Machine;
  /** Threads of each instance, at least 1. */
  readonly threads: readonly number[];
  /** Default `sequential`. */
  readonly mapping?: Mapping;
  /** Use every hardware thread of a core: an instance of t threads then takes ⌈t/2⌉ cores. Default false. */
  readonly hardwareThreads?: boolean;
  /** CPUs to keep free; the whole physical core of each is. Default none. */
  readonly exclude?: readonly number[];
}

/**
 * Chooses the CPUs of each instance: as many as it has threads, on physical cores that no other instance has.
 * `sequential` keeps an instance within one NUMA node unless it cannot, and fills nodes one after the other;
 * `interleave` alternates sockets over the threads of one instance.
 *
 * @returns for each instance, in the order asked, its CPUs in the order the threads should take them.
 * @throws ThinferError `usage` where a number of threads is not a positive integer; `machine` where there are too few
 * cores, or the CPU quota pays for fewer hardware threads.
 */
export function placeInstances(options: PlaceOptions): number[][] {
  const { machine, threads, mapping = 'sequential', hardwareThreads = false, exclude = [] } = options;
  checkThreads(threads);
  const slots = listCoreSlots(machine, { hardwareThreads, exclude });
  const width = slots[0]?.cpus.length ?? 1;
  const demands = threads.map((count) => Math.ceil(count / width));
  checkRoom(machine, threads, demands, slots, hardwareThreads);
  const alternate = mapping === 'interleave' && new Set(slots.map((slot) => slot.socket)).size > 1;
  const cores = alternate ? interleave(demands, slots) : fillNodes(demands, slots);
  return cores.map((taken, at) => taken.flatMap((slot) => slot.cpus).slice(0, threads[at]));
}

function checkThreads(threads: readonly number[]): void {
  for (const count of threads)
    if (!Number.isInteger(count) || count < 1)
      throw new ThinferError('usage', `An instance can't have ${count} threads.`, {
        remedy: 'Give whole numbers of threads, 1 or more.',
      });
}

function checkRoom(
  machine: Machine,
  threads: readonly number[],
  demands: readonly number[],
  slots: readonly CoreSlot[],
  hardwareThreads: boolean,
): void {
  const wanted = sum(demands);
  if (wanted > slots.length)
    throw new ThinferError(
      'machine',
      `${describe(threads)} need ${wanted} physical cores; ${slots.length} can be used.`,
      {
        remedy: `Ask for fewer threads, or allow more cores. ${machine.usableBecause.join(' ')}`,
      },
    );
  const paid =
    machine.quotaCores === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(machine.quotaCores));
  if (hardwareThreads && sum(threads) > paid)
    throw new ThinferError(
      'machine',
      `${describe(threads)} exceed the CPU quota of ${machine.quotaCores} cores.`,
      {
        remedy: 'Ask for fewer threads, or raise the CPU quota of the container.',
      },
    );
}

function describe(threads: readonly number[]): string {
  return `${threads.length} instances with ${sum(threads)} threads in all`;
}

function fillNodes(demands: readonly number[], slots: readonly CoreSlot[]): CoreSlot[][] {
  const nodes = [...new Set(slots.map((slot) => slot.node))];
  const free = nodes.map((node) => slots.filter((slot) => slot.node === node));
  const nodeOf = assignNodes(
    demands,
    free.map((list) => list.length),
  );
  const placed: CoreSlot[][] = demands.map((count, at) => free[nodeOf[at] ?? -1]?.splice(0, count) ?? []);
  demands.forEach((count, at) => {
    if (nodeOf[at] === null) placed[at] = takeOverNodes(count, free);
  });
  return placed;
}

/** Over as few nodes as possible: emptiest first, then those of the same socket. */
function takeOverNodes(count: number, free: CoreSlot[][]): CoreSlot[] {
  const taken: CoreSlot[] = [];
  while (taken.length < count) {
    const socket = taken.at(-1)?.socket;
    const near = (list: readonly CoreSlot[]): number => Number(list[0]?.socket === socket);
    const next = [...free]
      .filter((list) => list.length > 0)
      .sort((a, b) => near(b) - near(a) || b.length - a.length)[0];
    if (next === undefined) break;
    taken.push(...next.splice(0, count - taken.length));
  }
  return taken.sort((a, b) => a.rank - b.rank);
}

/** Each instance begins on the socket with the most free cores, so that single threads alternate too. */
function interleave(demands: readonly number[], slots: readonly CoreSlot[]): CoreSlot[][] {
  const sockets = [...new Set(slots.map((slot) => slot.socket))];
  const free = sockets.map((socket) => slots.filter((slot) => slot.socket === socket));
  return demands.map((count) => {
    let turn = free.indexOf(free.reduce((most, list) => (list.length > most.length ? list : most)));
    const taken: CoreSlot[] = [];
    for (; taken.length < count; turn++) taken.push(...(free[turn % free.length]?.splice(0, 1) ?? []));
    return taken;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
