import { memoryInfoBytes } from './memory-info.ts';
import type { Tree } from './tree.ts';
import type { Cpu, NumaNode } from './types.ts';

const cpuFolder = '/sys/devices/system/cpu';
const nodeFolder = '/sys/devices/system/node';

/**
 * A core with less than this share of the largest core's capacity is an efficiency core. Small cores of ARM
 * systems have a half of it and less; favoured cores of one kind differ by a few per cent only.
 */
const efficiencyCapacity = 0.75;

/** The machine's shape, whoever may use it. */
export interface Topology {
  /** Ascending by id. */
  readonly cpus: readonly Omit<Cpu, 'allowed'>[];
  readonly offlineCpus: readonly number[];
  /** Nodes without CPUs (memory only) included. */
  readonly numaNodes: readonly NumaNode[];
  readonly sockets: number;
}

/**
 * Reads CPUs, cores, sockets and NUMA nodes from sysfs. A physical core is the set of its online hardware threads,
 * named by the smallest; `core_id` is not used, as it repeats between sockets and is not a CPU id.
 *
 * @see https://docs.kernel.org/admin-guide/cputopology.html
 */
export function readTopology(tree: Tree): Topology {
  const online = onlineCpus(tree);
  const numaNodes = readNodes(tree, online);
  const nodeOf = new Map(numaNodes.flatMap((node) => node.cpus.map((cpu) => [cpu, node.id] as const)));
  const efficiency = efficiencyCpus(tree, online);
  const siblingsOf = readSiblings(tree, online);
  const cpus = online.map((id) => {
    const siblings = siblingsOf.get(id) ?? [id];
    return {
      id,
      core: siblings[0] ?? id,
      siblings,
      // Some ARM firmware tells no package: the kernel says -1 then.
      socket: Math.max(0, tree.number(`${cpuFolder}/cpu${id}/topology/physical_package_id`) ?? 0),
      node: nodeOf.get(id) ?? 0,
      kind: efficiency.has(id) ? ('efficiency' as const) : ('performance' as const),
    };
  });
  return {
    cpus,
    offlineCpus: offlineCpus(tree, online),
    numaNodes,
    sockets: new Set(cpus.map((cpu) => cpu.socket)).size,
  };
}

function onlineCpus(tree: Tree): readonly number[] {
  const list = tree.ids(`${cpuFolder}/online`);
  if (list.length > 0) return list;
  const folders = tree.numbered(cpuFolder, 'cpu');
  if (folders.length > 0) return folders;
  // Sandboxes such as gVisor have no sysfs tree of CPUs.
  const processors = tree.text('/proc/cpuinfo')?.match(/^processor\s*:\s*\d+/gm) ?? ['processor : 0'];
  return processors.map((line) => Number(line.split(':')[1]));
}

/** The `offline` file also lists slots that hold no CPU; only those that are present count. */
function offlineCpus(tree: Tree, online: readonly number[]): readonly number[] {
  const present = tree.ids(`${cpuFolder}/present`);
  const known = present.length > 0 ? present : tree.numbered(cpuFolder, 'cpu');
  const on = new Set(online);
  return known.filter((id) => !on.has(id));
}

function readSiblings(tree: Tree, online: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const on = new Set(online);
  const siblingsOf = new Map<number, readonly number[]>();
  for (const id of online) {
    if (siblingsOf.has(id)) continue;
    const folder = `${cpuFolder}/cpu${id}/topology`;
    const listed = ['thread_siblings_list', 'core_cpus_list'].map((name) => tree.ids(`${folder}/${name}`));
    const siblings = (listed.find((ids) => ids.length > 0) ?? []).filter((sibling) => on.has(sibling));
    const all = siblings.includes(id) ? siblings : [id];
    for (const sibling of all) siblingsOf.set(sibling, all);
  }
  return siblingsOf;
}

function readNodes(tree: Tree, online: readonly number[]): readonly NumaNode[] {
  const on = new Set(online);
  const ids = tree.numbered(nodeFolder, 'node');
  const nodes = ids.map((id) => ({
    id,
    cpus: tree.ids(`${nodeFolder}/node${id}/cpulist`).filter((cpu) => on.has(cpu)),
    memoryBytes: memoryInfoBytes(tree.text(`${nodeFolder}/node${id}/meminfo`), 'MemTotal') ?? 0,
  }));
  const memoryBytes = memoryInfoBytes(tree.text('/proc/meminfo'), 'MemTotal') ?? 0;
  // A kernel without NUMA has no node folders: all is one node.
  if (nodes.every((node) => node.cpus.length === 0)) return [{ id: 0, cpus: online, memoryBytes }];
  // In guests whose memory was plugged in while they ran, the only node counts less than there is.
  return nodes.length === 1 ? [{ ...nodes[0]!, memoryBytes }] : nodes;
}

function efficiencyCpus(tree: Tree, online: readonly number[]): ReadonlySet<number> {
  const named = ['cpu_atom', 'cpu_lowpower'].flatMap((pmu) => tree.ids(`/sys/devices/${pmu}/cpus`));
  if (named.length > 0) return new Set(named);
  const capacities = online.map((id) => tree.number(`${cpuFolder}/cpu${id}/cpu_capacity`));
  const largest = Math.max(0, ...capacities.map((capacity) => capacity ?? 0));
  return new Set(online.filter((_, at) => (capacities[at] ?? largest) < largest * efficiencyCapacity));
}
