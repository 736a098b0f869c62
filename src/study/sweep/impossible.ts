import type { Allocator, Machine } from '../../machine/types.ts';
import { memoryWords, settingNames, valueWords } from './setting-words.ts';
import type { SweepSettings } from './types.ts';

/** What of this machine and this engine decides what can be measured. */
export interface Means {
  readonly machine: Machine;
  /** As `process.report` tells it; undefined where the C library is another. */
  readonly glibcVersion: string | undefined;
  /** Why a precision can't be had of this model here, at a graph optimization; null where it can. */
  readonly precisionProblem: (settings: Pick<SweepSettings, 'precision' | 'optimization'>) => string | null;
}

/** A setting that can't be measured, and why. */
export interface Impossible {
  readonly setting: string;
  readonly reason: string;
}

const debianPackages: Readonly<Record<string, string>> = {
  jemalloc: 'libjemalloc2',
  tcmalloc: 'libtcmalloc-minimal4',
  tcmalloc_minimal: 'libtcmalloc-minimal4',
  mimalloc: 'libmimalloc2.0',
};

/** The allocator that a name stands for; null where it is not installed. `tcmalloc` is either of its two libraries. */
export function findAllocator(name: string, { allocators }: Pick<Machine, 'allocators'>): Allocator | null {
  const names = name === 'tcmalloc' ? ['tcmalloc', 'tcmalloc_minimal'] : [name];
  return allocators.find((one) => names.includes(one.name)) ?? null;
}

/** Everything about a combination of settings that this machine can't do, or that contradicts itself. */
export function impossibleSettings(settings: SweepSettings, means: Means): Impossible[] {
  const { machine } = means;
  const here = (reason: string): string => `not possible on this machine: ${reason}`;
  const because = (name: keyof SweepSettings, reason: string | null): Impossible[] =>
    reason === null ? [] : [{ setting: `${settingNames[name]} ${valueWords(settings, name)}`, reason }];
  const nodes = machine.numaNodes.length;
  const isMulti = machine.cpus.some(({ siblings }) => siblings.length > 1);
  return [
    ...because(
      'mapping',
      settings.mapping === 'interleave' && nodes < 2 && machine.sockets < 2
        ? here('one NUMA node, so both mappings are the same')
        : null,
    ),
    ...because(
      'hardwareThreads',
      settings.hardwareThreads && !isMulti ? here('no core has a second hardware thread') : null,
    ),
    ...because('memory', memoryProblem(settings, machine, here)),
    ...because(
      'allocator',
      findAllocator(settings.allocator, machine) === null
        ? here(
            `its library is not installed (Debian: apt-get install ${debianPackages[settings.allocator] ?? settings.allocator})`,
          )
        : null,
    ),
    ...because('hugePages', hugePagesProblem(settings, means, here)),
    ...because(
      'pinned',
      !settings.pinned && (settings.mapping === 'interleave' || settings.hardwareThreads)
        ? 'contradictory: mapping and hardware threads say where threads are pinned'
        : null,
    ),
    ...because('precision', means.precisionProblem(settings)),
  ];
}

function memoryProblem(
  { memory }: SweepSettings,
  { numaNodes }: Machine,
  here: (reason: string) => string,
): string | null {
  if (memory.mode === 'default') return null;
  if (numaNodes.length < 2) return here('one NUMA node, so there is one place for memory');
  const known = new Set(numaNodes.map(({ id }) => id));
  const missing = ('nodes' in memory ? memory.nodes : []).filter((node) => !known.has(node));
  return missing.length === 0
    ? null
    : here(`no NUMA node ${missing.join()} (${memoryWords(memory)}; there are ${[...known].join()})`);
}

function hugePagesProblem(
  { hugePages, allocator }: SweepSettings,
  { machine, glibcVersion }: Means,
  here: (reason: string) => string,
): string | null {
  if (hugePages !== 'malloc') return null;
  if (allocator !== 'glibc') return `contradictory: it is glibc's tunable, and the allocator is ${allocator}`;
  if (machine.hugePages === 'never') return here('transparent huge pages are off (mode never)');
  const [major = 0, minor = 0] = (glibcVersion ?? '').split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 35)
    ? null
    : here(`glibc ${glibcVersion ?? 'unknown'} has no such tunable, 2.35 has`);
}
