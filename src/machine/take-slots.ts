import type { CpuSlot } from './cpu-slots.ts';

/**
 * Takes slots for one instance: whole cores while they fit, those with the most free slots first, then the rest from
 * the core that has the fewest. So the hardware threads of a core are filled before the next core is begun, and instances
 * share a core only where no whole one is left for them.
 *
 * @param free Slots to choose from, by rank; those taken are removed.
 * @param count How many are wanted; where there are fewer, all are taken.
 * @returns the taken slots, by rank.
 */
export function takeSlots(free: CpuSlot[], count: number): CpuSlot[] {
  const taken = new Set<CpuSlot>();
  while (taken.size < count) {
    const left = count - taken.size;
    const core = nextCore(
      free.filter((slot) => !taken.has(slot)),
      left,
    );
    if (core === undefined) break;
    for (const slot of core.slice(0, left)) taken.add(slot);
  }
  free.splice(0, free.length, ...free.filter((slot) => !taken.has(slot)));
  return [...taken].sort((a, b) => a.rank - b.rank);
}

/** Of cores that are equal in this, the first. */
function nextCore(free: readonly CpuSlot[], count: number): CpuSlot[] | undefined {
  const cores = [...Map.groupBy(free, ({ core }) => core).values()].sort((a, b) => a.length - b.length);
  const widest = Math.max(0, ...cores.map(({ length }) => length).filter((length) => length <= count));
  return cores.find(({ length }) => length === widest) ?? cores[0];
}
