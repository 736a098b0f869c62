export { windowBytes } from './arena.ts';
export {
  type BindOptions,
  closeAll,
  Instance,
  type InstanceOptions,
  type Loaded,
  type RunRequest,
} from './instance.ts';
export { InstanceCache, type InstanceKey } from './instance-cache.ts';
export type { RunTimes } from './protocol.ts';
