import { ThinferError } from '../errors.ts';
import { assignNodes } from './assign-nodes.ts';
import { type CpuSlot, listCpuSlots } from './cpu-slots.ts';
import { takeSlots } from './take-slots.ts';
import type { Machine, Mapping } from './types.ts';

/** What to place, and how. */
export interface PlaceOptions {
  readonly machine: Machine;
  /** Threads of each instance, at least 1. */
  readonly threads: readonly number[];
  /** Default `sequential`. */
  readonly mapping?: Mapping;
  /** Whether every allowed hardware thread of a core can have a thread, so that instances may share a core. Default false. */
  readonly hardwareThreads?: boolean;
  /** CPUs to keep free; the whole physical core of each is. Default none. */
  readonly exclude?: readonly number[];
}

/**
 * Chooses the CPUs of each instance: as many as it has threads, each of them given to no other. That is one CPU of each
 * physical core, or with hardware threads all that are allowed, and then the siblings of a core before the next core.
 * Where there is room for all threads, they are placed, however they are split over instances.
 * `sequential` keeps an instance within one NUMA node unless it cannot, and fills nodes one after the other;
 * `interleave` alternates sockets over the threads of one instance.
 *
 * @returns for each instance, in the order asked, its CPUs in the order the threads should take them.
 * @throws ThinferError `usage` where a number of threads is not a positive integer; `machine` where there are more
 * threads than usable CPUs, or than the CPU quota pays for.
 */
export function placeInstances(options: PlaceOptions): number[][] {
  const { machine, threads, mapping = 'sequential', hardwareThreads = false, exclude = [] } = options;
  checkThreads(threads);
  const slots = listCpuSlots(machine, { hardwareThreads, exclude });
  checkRoom(options, slots.length);
  const alternate = mapping === 'interleave' && new Set(slots.map((slot) => slot.socket)).size > 1;
  const placed = alternate ? interleave(threads, slots) : fillNodes(threads, slots);
  return placed.map((taken) => taken.map(({ cpu }) => cpu));
}

function checkThreads(threads: readonly number[]): void {
  for (const count of threads)
    if (!Number.isInteger(count) || count < 1)
      throw new ThinferError('usage', `An instance can't have ${count} threads.`, {
        remedy: 'Give whole numbers of threads, 1 or more.',
      });
}

function checkRoom({ machine, threads, hardwareThreads }: PlaceOptions, room: number): void {
  const wanted = threads.reduce((total, count) => total + count, 0);
  if (wanted <= room) return;
  const what = hardwareThreads ? 'hardware threads' : 'physical cores';
  throw new ThinferError(
    'machine',
    `${threads.length} instances with ${wanted} threads in all need ${wanted} ${what}; ${room} can be used.`,
    { remedy: `Ask for fewer threads, or allow more cores. ${machine.usableBecause.join(' ')}` },
  );
}

function fillNodes(threads: readonly number[], slots: readonly CpuSlot[]): CpuSlot[][] {
  const nodes = [...new Set(slots.map((slot) => slot.node))];
  const free = nodes.map((node) => slots.filter((slot) => slot.node === node));
  const nodeOf = assignNodes(
    threads,
    free.map((list) => list.length),
  );
  const placed = threads.map((count, at) => takeSlots(free[nodeOf[at] ?? -1] ?? [], count));
  threads.forEach((count, at) => {
    if (nodeOf[at] === null) placed[at] = takeOverNodes(count, free);
  });
  return placed;
}

/** Over as few nodes as possible: emptiest first, then those of the same socket. */
function takeOverNodes(count: number, free: CpuSlot[][]): CpuSlot[] {
  const taken: CpuSlot[] = [];
  while (taken.length < count) {
    const socket = taken.at(-1)?.socket;
    const near = (list: readonly CpuSlot[]): number => Number(list[0]?.socket === socket);
    const next = [...free]
      .filter((list) => list.length > 0)
      .sort((a, b) => near(b) - near(a) || b.length - a.length)[0];
    if (next === undefined) break;
    taken.push(...takeSlots(next, count - taken.length));
  }
  return taken.sort((a, b) => a.rank - b.rank);
}

/** Each instance begins on the socket with the most free slots, so that single threads alternate too. */
function interleave(threads: readonly number[], slots: readonly CpuSlot[]): CpuSlot[][] {
  const sockets = [...new Set(slots.map((slot) => slot.socket))];
  const free = sockets.map((socket) => slots.filter((slot) => slot.socket === socket));
  return threads.map((count) => {
    const turns = takeTurns(
      count,
      free.map((list) => list.length),
    );
    const taken = free.map((list, at) => takeSlots(list, turns.filter((turn) => turn === at).length));
    return turns.flatMap((turn) => taken[turn]?.splice(0, 1) ?? []);
  });
}

/** The index of each thread's socket: round and round from the roomiest, past those that are full. */
function takeTurns(count: number, room: readonly number[]): number[] {
  const left = [...room];
  const turns: number[] = [];
  for (let turn = left.indexOf(Math.max(...left)); turns.length < count; turn++) {
    const socket = turn % left.length;
    if (left[socket]! === 0) continue;
    left[socket]! -= 1;
    turns.push(socket);
  }
  return turns;
}
