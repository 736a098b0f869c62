import { formatCpuList } from '../../src/machine/cpu-list.ts';
import type { MachineTree } from './machine-tree.ts';

/** One physical core of a machine to build. */
export interface CoreRecipe {
  /** Hardware threads. */
  readonly cpus: readonly number[];
  readonly socket: number;
  readonly node: number;
  /** Small core of a hybrid machine. */
  readonly efficiency?: boolean;
}

/** What to build. */
export interface MachineRecipe {
  readonly cores: readonly CoreRecipe[];
  readonly cpuModel: string;
  readonly flags: string;
  /** Default `x86`. */
  readonly architecture?: 'x86' | 'arm';
  /** CPUs that are present but switched off. */
  readonly offline?: readonly number[];
  readonly memoryGiB?: number;
  /** Affinity mask. Default: all online. */
  readonly mask?: string;
  /** Size texts of caches as sysfs writes them; L3 is shared by the node. */
  readonly caches?: { readonly l1: string; readonly l2: string; readonly l3: string };
  /** Other files, such as cgroups. */
  readonly files?: MachineTree;
}

const cpuFolder = '/sys/devices/system/cpu';

/** Builds the files that Linux would show for a machine. `core_id` repeats between sockets, as it does in reality. */
export function buildMachine(recipe: MachineRecipe): MachineTree {
  const off = new Set(recipe.offline);
  const cores = recipe.cores
    .map((core) => ({ ...core, cpus: core.cpus.filter((cpu) => !off.has(cpu)) }))
    .filter((core) => core.cpus.length > 0);
  const online = cores.flatMap((core) => core.cpus);
  const all = recipe.cores.flatMap((core) => core.cpus);
  return {
    [`${cpuFolder}/online`]: list(online),
    [`${cpuFolder}/offline`]: list(recipe.offline ?? []),
    [`${cpuFolder}/present`]: list(all),
    '/proc/sys/kernel/osrelease': '6.8.0\n',
    '/proc/self/status': `Name:\tnode\nCpus_allowed_list:\t${recipe.mask ?? list(online)}`,
    '/proc/loadavg': '0.00 0.00 0.00 1/300 4242\n',
    '/proc/stat': procStat(online),
    '/proc/cpuinfo': processors(recipe, online),
    '/sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never\n',
    ...Object.assign({}, ...cores.map((core, at) => coreFiles(recipe, cores, core, at))),
    ...nodeFiles(recipe, cores),
    ...recipe.files,
  };
}

function list(cpus: readonly number[]): string {
  return `${formatCpuList(cpus)}\n`;
}

function coreFiles(
  recipe: MachineRecipe,
  cores: readonly CoreRecipe[],
  core: CoreRecipe,
  at: number,
): MachineTree {
  const inSocket = cores.filter((other) => other.socket === core.socket).indexOf(core);
  const inNode = cores.filter((other) => other.node === core.node).flatMap((other) => other.cpus);
  return Object.fromEntries(
    core.cpus.flatMap((cpu) => {
      const folder = `${cpuFolder}/cpu${cpu}`;
      return [
        [`${folder}/topology/thread_siblings_list`, list(core.cpus)],
        [`${folder}/topology/core_cpus_list`, list(core.cpus)],
        [`${folder}/topology/core_id`, `${inSocket < 0 ? at : inSocket}\n`],
        [`${folder}/topology/physical_package_id`, `${core.socket}\n`],
        ...cacheFiles(`${folder}/cache`, recipe, core.cpus, inNode),
      ];
    }),
  );
}

function cacheFiles(
  folder: string,
  { caches }: MachineRecipe,
  core: readonly number[],
  node: readonly number[],
): [string, string][] {
  if (caches === undefined) return [];
  const rows = [
    [1, 'Data', caches.l1, core],
    [1, 'Instruction', caches.l1, core],
    [2, 'Unified', caches.l2, core],
    [3, 'Unified', caches.l3, node],
  ] as const;
  return rows.flatMap(([level, type, size, cpus], index) => [
    [`${folder}/index${index}/level`, `${level}\n`],
    [`${folder}/index${index}/type`, `${type}\n`],
    [`${folder}/index${index}/size`, `${size}\n`],
    [`${folder}/index${index}/shared_cpu_list`, list(cpus)],
  ]);
}

function nodeFiles(recipe: MachineRecipe, cores: readonly CoreRecipe[]): MachineTree {
  const nodes = [...new Set(cores.map((core) => core.node))];
  const kilobytes = (recipe.memoryGiB ?? 64) * 1024 ** 2;
  const files = nodes.flatMap((node) => {
    const cpus = cores.filter((core) => core.node === node).flatMap((core) => core.cpus);
    const share = Math.floor(kilobytes / nodes.length);
    return [
      [`/sys/devices/system/node/node${node}/cpulist`, list(cpus)],
      [`/sys/devices/system/node/node${node}/meminfo`, `Node ${node} MemTotal:       ${share} kB\n`],
    ];
  });
  const free = Math.floor(kilobytes * 0.9);
  const meminfo = `MemTotal:       ${kilobytes} kB\nMemFree:        ${free} kB\nMemAvailable:   ${free} kB\n`;
  return { '/proc/meminfo': meminfo, ...Object.fromEntries(files) };
}

function processors(recipe: MachineRecipe, online: readonly number[]): string {
  return online
    .map((cpu) =>
      recipe.architecture === 'arm'
        ? `processor\t: ${cpu}\nBogoMIPS\t: 50.00\nFeatures\t: ${recipe.flags}\n${recipe.cpuModel}\n`
        : `processor\t: ${cpu}\nmodel name\t: ${recipe.cpuModel}\nflags\t\t: ${recipe.flags}\n`,
    )
    .join('\n');
}

function procStat(online: readonly number[]): string {
  const rows = online.map((cpu) => `cpu${cpu} 1000 0 500 98000 400 50 50 0 0 0`);
  return `cpu  ${1000 * online.length} 0 0 ${99_000 * online.length} 0 0 0 0 0 0\n${rows.join('\n')}\nintr 0\n`;
}
