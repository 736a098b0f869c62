export { type Clock, monotonicNs, systemClock } from './clock.ts';
export { formatCpuList, parseCpuList } from './cpu-list.ts';
export { machineToJson } from './machine-to-json.ts';
export { pinnedCommand } from './pin.ts';
export { type PlaceOptions, placeInstances } from './place-instances.ts';
export { readMachine } from './read-machine.ts';
export { topologyHash } from './topology-hash.ts';
export type { Cache, Cpu, Disturbance, Machine, Mapping, MemoryPolicy, NumaNode } from './types.ts';
