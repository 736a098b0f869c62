import type { Machine } from './types.ts';
import { paidCpus } from './usable-cpus.ts';

/** A CPU that one thread of an instance can have. */
export interface CpuSlot {
  /** Place in the sequential mapping, from 0; the hardware threads of a core follow each other. */
  readonly rank: number;
  readonly cpu: number;
  readonly core: number;
  readonly socket: number;
  readonly node: number;
}

/**
 * Lists the CPUs that threads can have, in order of the sequential mapping, as many as the CPU quota pays for.
 *
 * @param hardwareThreads Whether every allowed hardware thread of a usable core is listed, be it one, two or more;
 * otherwise it is one per core, the one in `machine.usable`.
 * @param exclude CPUs whose cores are left out. Default none.
 */
export function listCpuSlots(
  machine: Machine,
  { hardwareThreads, exclude = [] }: { hardwareThreads: boolean; exclude?: readonly number[] },
): CpuSlot[] {
  const cpuById = new Map(machine.cpus.map((cpu) => [cpu.id, cpu]));
  const cpusOf = (ids: readonly number[]) => ids.flatMap((id) => cpuById.get(id) ?? []);
  const excluded = new Set(cpusOf(exclude).map(({ core }) => core));
  return cpusOf(machine.usable)
    .filter(({ core }) => !excluded.has(core))
    .flatMap((cpu) => (hardwareThreads ? cpusOf(cpu.siblings).filter(({ allowed }) => allowed) : [cpu]))
    .slice(0, paidCpus(machine.quotaCores))
    .map(({ id, core, socket, node }, rank) => ({ rank, cpu: id, core, socket, node }));
}
