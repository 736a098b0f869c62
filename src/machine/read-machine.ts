import { ThinferError } from '../errors.ts';
import { findAllocators } from './allocators.ts';
import { readCaches } from './caches.ts';
import { readCgroupLimits } from './cgroup.ts';
import { parseCpuList } from './cpu-list.ts';
import { readDisturbances } from './current-disturbances.ts';
import { readFrequency } from './frequency.ts';
import { parseProcessorInfo } from './isa.ts';
import { readMemory } from './memory-info.ts';
import { rootWouldAdd } from './root-would-add.ts';
import { readTopology, type Topology } from './topology.ts';
import { Tree } from './tree.ts';
import type { Cpu, Machine } from './types.ts';
import { chooseUsableCpus } from './usable-cpus.ts';
import { readVirtualisation } from './virtualisation.ts';

/**
 * Reads the machine, and what this process may use of it, from sysfs, procfs and cgroups. Starts no process, needs
 * no privilege; what a file does not tell is null, empty or `unknown`.
 *
 * @param root Folder that stands for `/`; another one than `/` for recorded machines.
 * @param platform As `process.platform`.
 * @throws ThinferError `machine` where the platform is not Linux, or no CPU may be used.
 */
export function readMachine(root = '/', platform: string = process.platform): Machine {
  if (platform !== 'linux')
    throw new ThinferError('machine', `thinfer pins and measures on Linux; this is ${platform}.`, {
      remedy: 'Run it on Linux, or in a Linux virtual machine or container.',
    });
  const tree = new Tree(root);
  const processor = parseProcessorInfo(tree.text('/proc/cpuinfo') ?? '');
  const architecture = tree.text('/proc/sys/kernel/arch') ?? processor.architecture;
  const limits = readCgroupLimits(tree);
  const topology = readTopology(tree);
  const cpus = markAllowed(tree, topology, limits.cpus);
  const frequency = readFrequency(tree, processor.clockMhz);
  const hugePages = readHugePages(tree);
  return {
    cpuModel: processor.cpuModel,
    architecture,
    kernel: tree.text('/proc/sys/kernel/osrelease') ?? kernelOf(tree.text('/proc/version') ?? ''),
    virtualisation: readVirtualisation(tree, processor.hypervisor),
    ...frequency,
    ...topology,
    cpus,
    physicalCores: new Set(cpus.map((cpu) => cpu.core)).size,
    hardwareThreads: cpus.length,
    ...chooseUsableCpus(cpus, limits.quotaCores),
    quotaCores: limits.quotaCores,
    isa: processor.isa,
    ...readMemory(tree, limits),
    caches: readCaches(
      tree,
      cpus.map((cpu) => cpu.id),
    ),
    allocators: findAllocators(tree, architecture),
    hugePages,
    disturbances: readDisturbances(tree, { onlineCpus: cpus.length, governors: frequency.governors }),
    rootWouldAdd: rootWouldAdd(tree, frequency, hugePages, topology.numaNodes.length),
  };
}

/** The mask of this process already lies within its cpuset, except where a recording or sandbox shows only one of them. */
function markAllowed(tree: Tree, topology: Topology, cpuset: readonly number[] | null): Cpu[] {
  const mask = /^Cpus_allowed_list:\s*(.*)$/m.exec(tree.text('/proc/self/status') ?? '')?.[1];
  const masked = mask === undefined ? null : new Set(parseCpuList(mask));
  const set = cpuset === null ? null : new Set(cpuset);
  const cpus = topology.cpus.map((cpu) => ({
    ...cpu,
    allowed: (masked?.has(cpu.id) ?? true) && (set?.has(cpu.id) ?? true),
  }));
  if (cpus.some((cpu) => cpu.allowed)) return cpus;
  throw new ThinferError(
    'machine',
    'No online CPU may be used: the affinity mask and the cpuset share none.',
    {
      remedy: 'Start thinfer without taskset, or widen the cpuset of its container.',
    },
  );
}

/** The mode in brackets: `always [madvise] never`. */
function readHugePages(tree: Tree): string {
  const text = tree.text('/sys/kernel/mm/transparent_hugepage/enabled') ?? '';
  return /\[(\w+)\]/.exec(text)?.[1] ?? 'unknown';
}

function kernelOf(version: string): string {
  return /^Linux version (\S+)/.exec(version)?.[1] ?? 'unknown';
}
