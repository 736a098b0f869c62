import type { Machine } from './types.ts';

/** A physical core that an instance can have, with the CPUs it would run on. */
export interface CoreSlot {
  /** Place in the sequential mapping, from 0. */
  readonly rank: number;
  readonly core: number;
  readonly socket: number;
  readonly node: number;
  /** One CPU, or with hardware threads every allowed one of the core, the same number in all slots. */
  readonly cpus: readonly number[];
}

/**
 * Lists the usable physical cores in order of the sequential mapping.
 *
 * @param hardwareThreads Whether a slot holds all allowed hardware threads of its core. Cores with fewer of them than
 * the widest (a cpuset may cut through a core) are left out then, so that threads stay equal.
 * @param exclude CPUs whose cores are left out.
 */
export function listCoreSlots(
  machine: Machine,
  { hardwareThreads, exclude }: { readonly hardwareThreads: boolean; readonly exclude: readonly number[] },
): CoreSlot[] {
  const cpuById = new Map(machine.cpus.map((cpu) => [cpu.id, cpu]));
  const excluded = new Set(exclude.map((id) => cpuById.get(id)?.core));
  const slots = machine.usable.flatMap((id, rank) => {
    const cpu = cpuById.get(id);
    if (cpu === undefined || excluded.has(cpu.core)) return [];
    const allowed = cpu.siblings.filter((sibling) => cpuById.get(sibling)?.allowed);
    const { core, socket, node } = cpu;
    return [{ rank, core, socket, node, cpus: hardwareThreads ? allowed : [id] }];
  });
  const widest = Math.max(0, ...slots.map((slot) => slot.cpus.length));
  return slots.filter((slot) => slot.cpus.length === widest);
}
