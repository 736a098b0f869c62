import type { MemoryPolicy } from '../../machine/types.ts';
import type { SweepSettings } from './types.ts';

/** Every setting of a sweep, as files and pages name it. */
export const settingNames = {
  precision: 'precision',
  optimization: 'optimization',
  interOpThreads: 'inter-op threads',
  mapping: 'mapping',
  hardwareThreads: 'hardware threads',
  pinned: 'pinned',
  memory: 'memory',
  allocator: 'allocator',
  hugePages: 'huge pages',
  spinning: 'spinning',
} as const satisfies Record<keyof SweepSettings, string>;

/** A memory policy as it is written: `bind:0,1`. */
export function memoryWords(policy: MemoryPolicy): string {
  return 'nodes' in policy ? `${policy.mode}:${policy.nodes.join()}` : policy.mode;
}

/** A value as files and pages write it. */
export function valueWords(settings: SweepSettings, name: keyof SweepSettings): string {
  const value = settings[name];
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'object' ? memoryWords(value) : String(value);
}

/** What differs from `base`: `allocator jemalloc, huge pages off`; empty where nothing does. */
export function differenceWords(settings: SweepSettings, base: SweepSettings): string {
  return (Object.keys(settingNames) as (keyof SweepSettings)[])
    .filter((name) => valueWords(settings, name) !== valueWords(base, name))
    .map((name) => `${settingNames[name]} ${valueWords(settings, name)}`)
    .join(', ');
}
