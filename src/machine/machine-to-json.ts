import type { Machine } from './types.ts';

/**
 * The JSON of `thinfer machine`: the fields of the contract first, in its order, then what was added to it. Sizes in
 * bytes, clocks in MHz.
 */
export function machineToJson(machine: Machine): Record<string, unknown> {
  const { sockets, numaNodes, physicalCores, hardwareThreads, usable, quotaCores, isa, memoryBytes } =
    machine;
  const { caches, allocators, hugePages, disturbances, ...added } = machine;
  const contract = {
    sockets,
    numaNodes,
    physicalCores,
    hardwareThreads,
    usable,
    quotaCores,
    isa,
    memoryBytes,
  };
  return { ...contract, caches, allocators, hugePages, disturbances, ...without(added, contract) };
}

function without(all: object, taken: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !(name in taken)));
}
