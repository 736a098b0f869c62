export { type ChosenCores, chooseCores } from './choose-cores.ts';
export { type Clock, monotonicNs, systemClock } from './clock.ts';
export { type CounterOptions, type CounterSnapshot, readCounters } from './counters.ts';
export { formatCpuList, parseCpuList } from './cpu-list.ts';
export { type CounterDelta, diffCounters } from './diff-counters.ts';
export {
  hugePagesForMalloc,
  hugePagesTunable,
  mayHaveHugePages,
  withoutHugePages,
} from './huge-pages.ts';
export { counterThresholds, judgeCounters } from './judge-counters.ts';
export { machineToJson } from './machine-to-json.ts';
export { readAvailableBytes } from './memory-info.ts';
export { readMemoryPolicy, setMemoryPolicy } from './memory-policy.ts';
export { pinnedCommand } from './pin.ts';
export { type PlaceOptions, placeInstances } from './place-instances.ts';
export { type IdleMeans, idleMeans, lowerHelpers, raisePriority, runIdle } from './priority.ts';
export { mappedFiles, readNodeMemory } from './process-maps.ts';
export { readMachine } from './read-machine.ts';
export {
  type ProcessMemory,
  processCpuMs,
  processMemory,
  readThreads,
  residentBytes,
  type ThreadInfo,
} from './threads.ts';
export { topologyHash } from './topology-hash.ts';
export type {
  Allocator,
  Cache,
  Cpu,
  Disturbance,
  HugePages,
  Machine,
  Mapping,
  MemoryPolicy,
  NumaNode,
} from './types.ts';
export { type Utilisation, UtilisationWatch } from './utilisation.ts';
