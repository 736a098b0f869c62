import type { Tree } from './tree.ts';

/** What the control groups of this process allow. */
export interface CgroupLimits {
  /** CPUs of the cpuset; null where there is no cpuset. */
  readonly cpus: readonly number[] | null;
  /** CPU time per wall time, in cores; null where there is no quota. */
  readonly quotaCores: number | null;
  /** Smallest memory limit on the way to the root; null where there is none. */
  readonly memoryLimitBytes: number | null;
  /** Smallest room below a memory limit, page cache that can be dropped counted as room; null where there is none. */
  readonly memoryFreeBytes: number | null;
}

/** Folders of one controller, from the process's own group up to the root of what is mounted. */
export interface CgroupFolders {
  readonly version: 1 | 2;
  /** Own group first. */
  readonly folders: readonly string[];
}

interface Mount {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/**
 * Reads the limits of this process's control groups: v2, v1, or both mounted together. A limit may be set on any
 * ancestor, so all that are visible are looked at and the smallest counts.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html and https://docs.kernel.org/admin-guide/cgroup-v1/
 */
export function readCgroupLimits(tree: Tree): CgroupLimits {
  return {
    cpus: readCpuset(tree, cgroupFolders(tree, 'cpuset')),
    quotaCores: smallest(levels(tree, 'cpu', quotaOf)),
    memoryLimitBytes: smallest(levels(tree, 'memory', memoryLimitOf)),
    memoryFreeBytes: smallest(levels(tree, 'memory', memoryFreeOf)),
  };
}

/** Whether a control group below the root says what share of the CPUs this process gets. */
export function sharesCpuByGroup(tree: Tree): boolean {
  const found = cgroupFolders(tree, 'cpu');
  if (found === null) return false;
  // The root of v2 has no weight. That of v1 has one; a container may see its own group as the root there, and that can't be told.
  if (found.version === 2) return found.folders.some((folder) => tree.text(`${folder}/cpu.weight`) !== null);
  return found.folders.length > 1 || readMounts(tree).some(isCpuMount);
}

const isCpuMount = ({ type, options, root }: Mount): boolean =>
  type === 'cgroup' && options.includes('cpu') && root !== '/';

/**
 * Finds a controller's folders through `/proc/self/cgroup` and the mounts. A controller is on v1 where it is
 * mounted so, else on v2.
 */
export function cgroupFolders(tree: Tree, controller: string): CgroupFolders | null {
  const mounts = readMounts(tree);
  const paths = readPaths(tree);
  const v1 = mounts.find((mount) => mount.type === 'cgroup' && mount.options.includes(controller));
  if (v1 !== undefined) return { version: 1, folders: ancestors(tree, v1, paths.get(controller) ?? '/') };
  const v2 = mounts.find((mount) => mount.type === 'cgroup2');
  return v2 === undefined ? null : { version: 2, folders: ancestors(tree, v2, paths.get('') ?? '/') };
}

/** By controller; the path in the v2 hierarchy under the empty name. */
function readPaths(tree: Tree): ReadonlyMap<string, string> {
  const lines = (tree.text('/proc/self/cgroup') ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return controllers.split(',').map((controller) => [controller, path] as const);
    }),
  );
}

/** Fields of mountinfo: id, parent, device, root, mount point, options…, `-`, type, source, super options. */
function readMounts(tree: Tree): readonly Mount[] {
  const lines = (tree.text('/proc/self/mountinfo') ?? '').split('\n');
  return lines.flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root = '/', point = ''] = left.split(' ');
    const [type = '', , options = ''] = right.split(' ');
    return type.startsWith('cgroup') ? [{ root, point, type, options: options.split(',') }] : [];
  });
}

/**
 * In a container the mount's root is often the container's own group, and the path is told as the host sees it or
 * leads out of the namespace (`/../…`): then the mount point itself is the own group.
 */
function ancestors(tree: Tree, mount: Mount, path: string): readonly string[] {
  const below = mount.root === '/' ? path : path.startsWith(mount.root) ? path.slice(mount.root.length) : '/';
  const parts = below.split('/').filter((part) => part !== '');
  if (parts.includes('..') || !tree.exists([mount.point, ...parts].join('/'))) return [mount.point];
  return parts
    .map((_, at) => [mount.point, ...parts.slice(0, parts.length - at)].join('/'))
    .concat(mount.point);
}

function levels(
  tree: Tree,
  controller: string,
  read: (tree: Tree, folder: string, version: 1 | 2) => number | null,
): readonly (number | null)[] {
  const found = cgroupFolders(tree, controller);
  return found === null ? [] : found.folders.map((folder) => read(tree, folder, found.version));
}

/** The nearest group with an effective set decides: it already holds what the ancestors allow. */
function readCpuset(tree: Tree, found: CgroupFolders | null): readonly number[] | null {
  const names = found?.version === 1 ? ['cpuset.effective_cpus', 'cpuset.cpus'] : ['cpuset.cpus.effective'];
  for (const folder of found?.folders ?? [])
    for (const name of names) {
      const cpus = tree.ids(`${folder}/${name}`);
      if (cpus.length > 0) return cpus;
    }
  return null;
}

function quotaOf(tree: Tree, folder: string, version: 1 | 2): number | null {
  const [quota, period] =
    version === 2
      ? (tree.text(`${folder}/cpu.max`) ?? 'max').split(' ').map(Number)
      : [tree.number(`${folder}/cpu.cfs_quota_us`), tree.number(`${folder}/cpu.cfs_period_us`)];
  // "max" (v2) and -1 (v1) mean no quota.
  return quota && period && quota > 0 && period > 0 ? quota / period : null;
}

function memoryLimitOf(tree: Tree, folder: string, version: 1 | 2): number | null {
  return tree.number(`${folder}/${version === 2 ? 'memory.max' : 'memory.limit_in_bytes'}`);
}

function memoryFreeOf(tree: Tree, folder: string, version: 1 | 2): number | null {
  const limit = memoryLimitOf(tree, folder, version);
  const used = tree.number(`${folder}/${version === 2 ? 'memory.current' : 'memory.usage_in_bytes'}`);
  if (limit === null || used === null) return limit;
  const name = version === 2 ? 'inactive_file' : 'total_inactive_file';
  const droppable = new RegExp(`^${name} (\\d+)`, 'm').exec(tree.text(`${folder}/memory.stat`) ?? '')?.[1];
  return limit - Math.max(0, used - Number(droppable ?? 0));
}

function smallest(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : Math.min(...numbers);
}
