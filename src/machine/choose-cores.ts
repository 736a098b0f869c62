import { formatCpuList } from './cpu-list.ts';
import { listCpuSlots } from './cpu-slots.ts';
import type { Machine } from './types.ts';

/** What plans are made for. */
export interface ChosenCores {
  /** `usable` holds one CPU of each chosen core; with hardware threads, `usableBecause` names all CPUs that are used. */
  readonly machine: Machine;
  /** T: how many threads can run at once, each on a CPU of its own. */
  readonly cores: number;
}

/**
 * Chooses the physical cores that instances may have, the first of the sequential mapping, and counts T on them:
 * the cores themselves, or with hardware threads every allowed one of each, as many as the CPU quota pays for.
 * Whatever instances have T threads or fewer in all can be placed on them by `placeInstances`.
 *
 * @param options.cores Physical cores wanted, at least 1, hardware threads or not; more than there are is all of them.
 */
export function chooseCores(
  machine: Machine,
  { cores, hardwareThreads }: { readonly cores: number; readonly hardwareThreads: boolean },
): ChosenCores {
  const asked = { ...machine, usable: machine.usable.slice(0, cores) };
  if (!hardwareThreads) return { machine: asked, cores: asked.usable.length };
  const slots = listCpuSlots(asked, { hardwareThreads });
  const usable = asked.usable.slice(0, new Set(slots.map(({ core }) => core)).size);
  const cpus = formatCpuList(slots.map(({ cpu }) => cpu));
  const because = `Hardware threads are asked for: ${slots.length} on these cores are used, as far as mask and quota allow: ${cpus}.`;
  return {
    machine: { ...asked, usable, usableBecause: [...machine.usableBecause, because] },
    cores: slots.length,
  };
}
