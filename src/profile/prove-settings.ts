import { basename } from 'node:path';
import type { Instance } from '../instance/index.ts';
import {
  hugePagesTunable,
  mappedFiles,
  mayHaveHugePages,
  processMemory,
  readNodeMemory,
  readThreads,
  type ThreadInfo,
} from '../machine/index.ts';
import type { Placement } from './cell-set.ts';
import { poolThreads } from './read-back.ts';
import type { PointSettings, SettingProof } from './types.ts';

/** What of an instance can be looked at while it lives. */
export interface ProvenInstance extends Pick<Instance, 'cpus' | 'loaded' | 'pid'> {
  /** How often each of its threads but the main one went to sleep in a run, on average. */
  readonly sleepsPerRun: number;
}

/** What was asked of a cell's instances beyond CPUs and threads. */
export interface Asked
  extends Pick<PointSettings, 'threads' | 'spinAfterRun' | 'spinDuringRun' | 'interOpThreads'>,
    Pick<Placement, 'allocator' | 'hugePages' | 'memoryPolicy'> {}

/** What was seen, and what was asked but did not show, one sentence each. */
export interface Proofs {
  readonly proofs: readonly SettingProof[];
  readonly differences: readonly string[];
}

type Seen = Omit<SettingProof, 'asked' | 'setting'> & { readonly difference?: string };

/**
 * Reads back from `/proc` what was asked of instances that have just run. Takes `settleMs` where threads may spin.
 *
 * @param root Folder that stands for `/`.
 */
export async function proveSettings(
  instances: readonly ProvenInstance[],
  asked: Asked,
  root = '/',
): Promise<Proofs> {
  const spinning = await spinningOf(instances, asked, root);
  const checks: [setting: string, asked: string, seen: readonly Seen[]][] = [
    [
      'allocator',
      asked.allocator?.name ?? 'glibc',
      instances.map(({ pid }) => allocatorOf(pid, asked, root)),
    ],
    asked.hugePages === undefined
      ? ['huge pages', 'system', instances.map(({ pid }) => systemPages(pid, root))]
      : pageCheck(instances, asked.hugePages, root),
    ...(asked.memoryPolicy.mode === 'default' ? [] : [memoryCheck(instances, asked, root)]),
    ...(asked.interOpThreads === undefined ? [] : [interOpCheck(instances, asked, root)]),
    ...(asked.threads > 1 ? [spinning] : []),
  ];
  const proofs = checks.map(([setting, wanted, seen]): SettingProof => {
    const { difference: _, ...first } = seen.find(({ difference }) => difference !== undefined) ?? seen[0]!;
    return { setting, asked: wanted, ...first };
  });
  const differences = checks.flatMap(([, , seen]) => seen.flatMap(({ difference }) => difference ?? []));
  return { proofs, differences: [...new Set(differences)] };
}

/** Libraries of other allocators than the C library's. */
const allocatorLibrary = /^lib(jemalloc|tcmalloc|tcmalloc_minimal|mimalloc)\.so/;

function allocatorOf(pid: number, { allocator }: Asked, root: string): Seen {
  const mapped = [...mappedFiles(pid, root)].filter((file) => allocatorLibrary.test(basename(file)));
  const seen = mapped.length === 0 ? 'no allocator library is mapped' : `${mapped.join(', ')} mapped`;
  const path = allocator?.path ?? null;
  const names = mapped.map((file) => allocatorLibrary.exec(basename(file))![1]);
  const holds = path === null ? mapped.length === 0 : names.includes(allocator!.name) && mapped.length === 1;
  return {
    seen,
    by: 'read',
    ...(holds ? {} : { difference: `asked for the allocator ${allocator?.name ?? 'glibc'}: ${seen}` }),
  };
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

function pageCheck(
  instances: readonly ProvenInstance[],
  asked: 'off' | 'malloc',
  root: string,
): [string, string, Seen[]] {
  const seen = instances.map(({ pid }): Seen => {
    const huge = processMemory(pid, root)?.anonHugeBytes ?? null;
    const may = mayHaveHugePages(pid, root);
    const words = `${huge === null ? 'unknown' : megabytes(huge)} on huge pages`;
    const holds = asked === 'off' ? may === false && (huge ?? 0) === 0 : huge !== null && huge > 0;
    return {
      seen: words,
      by: 'read',
      ...(holds ? {} : { difference: `asked for huge pages ${asked}: ${words}` }),
    };
  });
  return ['huge pages', asked, seen];
}

/** As the system has them: neither the kernel nor the C library is told otherwise. */
function systemPages(pid: number, root: string): Seen {
  const told = mayHaveHugePages(pid, root) === false ? 'switched off' : hugePagesTunable(pid, root);
  const seen = told ?? 'as the system has them';
  return {
    seen,
    by: 'read',
    ...(told === null ? {} : { difference: `asked for huge pages system: ${told} for this process` }),
  };
}

/** So much of the memory under `bind` or `local` may lie elsewhere: what was there before the policy was set. */
const strayShare = 0.05;

function memoryCheck(
  instances: readonly ProvenInstance[],
  { memoryPolicy }: Asked,
  root: string,
): [string, string, Seen[]] {
  const nodes = 'nodes' in memoryPolicy ? memoryPolicy.nodes : [];
  const asked = [memoryPolicy.mode, ...(nodes.length > 0 ? [nodes.join()] : [])].join(':');
  const seen = instances.map(({ pid, loaded }): Seen => {
    const { mode } = memoryPolicy;
    const bytes = readNodeMemory(pid, mode, root);
    if (bytes === null)
      return {
        seen: `policy ${loaded.memoryPolicy}; the kernel does not tell where pages lie`,
        by: 'request',
      };
    const shares = [...bytes].map(([node, size]) => `${megabytes(size)} on node ${node}`);
    const words = `policy ${loaded.memoryPolicy}, under it ${shares.join(', ') || 'no memory'}`;
    const holds =
      loaded.memoryPolicy.startsWith(mode) &&
      bytes.size > 0 &&
      (mode === 'interleave' ? isSpread(bytes, nodes) : mode !== 'bind' || isOnly(bytes, nodes));
    return {
      seen: words,
      by: 'read',
      ...(holds ? {} : { difference: `asked for memory ${asked}: ${words}` }),
    };
  });
  return ['memory', asked, seen];
}

function isOnly(bytes: ReadonlyMap<number, number>, nodes: readonly number[]): boolean {
  const total = [...bytes.values()].reduce((sum, size) => sum + size, 0);
  const inside = nodes.reduce((sum, node) => sum + (bytes.get(node) ?? 0), 0);
  return inside >= (1 - strayShare) * total;
}

/** Each node has at least half of its equal share. */
function isSpread(bytes: ReadonlyMap<number, number>, nodes: readonly number[]): boolean {
  const total = [...bytes.values()].reduce((sum, size) => sum + size, 0);
  return isOnly(bytes, nodes) && nodes.every((node) => (bytes.get(node) ?? 0) >= total / nodes.length / 2);
}

function interOpCheck(
  instances: readonly ProvenInstance[],
  { threads, interOpThreads = 1 }: Asked,
  root: string,
): [string, string, Seen[]] {
  // The thread that calls takes part in both pools.
  const least = threads + interOpThreads - 1;
  const seen = instances.map((instance): Seen => {
    const pool = poolThreads(instance, readThreads(instance.pid, root));
    if (pool === null) return { seen: 'an engine without threads of its own', by: 'request' };
    const words = `${pool} threads in the engine's pools`;
    const holds = interOpThreads === 1 ? pool <= least : pool >= least;
    return {
      seen: words,
      by: 'read',
      ...(holds ? {} : { difference: `asked for ${threads} + ${interOpThreads} threads: ${words}` }),
    };
  });
  return ['inter-op threads', String(interOpThreads), seen];
}

/** What threads that spin after a run burn within `settleMs`, at the least, and what others may use, each, in ms. */
const spinsFromMs = 3;
/** Threads that may spin sleep between runs and hardly ever within one: once or twice in all. */
const sleepsFrom = 5;
const settleMs = 20;

/** Threads that spin go on using their CPUs when a run has ended; the instance itself sleeps then. */
async function spinningOf(
  instances: readonly ProvenInstance[],
  { threads, spinAfterRun, spinDuringRun }: Asked,
  root: string,
): Promise<[string, string, Seen[]]> {
  const asked = spinAfterRun ? 'on' : spinDuringRun === false ? 'off' : 'in runs';
  if (threads < 2) return ['spinning', asked, []];
  const before = instances.map(({ pid }) => poolTimeMs(pid, root));
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const seen = instances.map((instance, index): Seen => {
    if (instance.loaded.engine.name === 'null') return { seen: 'an engine without threads', by: 'request' };
    const usedMs = poolTimeMs(instance.pid, root) - before[index]!;
    const used = `its other threads used ${usedMs.toFixed(1)} ms of CPU in the ${settleMs} ms after a run`;
    const slept = `${used}, and slept ${instance.sleepsPerRun.toFixed(1)} times in a run`;
    const words = asked === 'off' ? slept : used;
    const holds = spinAfterRun ? usedMs >= spinsFromMs : usedMs < spinsFromMs * (threads - 1);
    return {
      seen: words,
      // A model of few operators gives its threads little occasion to sleep.
      by: asked === 'off' && instance.sleepsPerRun < sleepsFrom ? 'request' : 'effect',
      ...(holds ? {} : { difference: `asked for spinning ${asked}: ${words}` }),
    };
  });
  return ['spinning', asked, seen];
}

/** CPU time of an instance's threads other than the main one that bear its name, in ms. */
function poolTimeMs(pid: number, root: string): number {
  const threads = readThreads(pid, root);
  const main = threads.find(({ tid }) => tid === pid);
  const pool = threads.filter(({ tid, name }: ThreadInfo) => tid !== pid && name === main?.name);
  return pool.reduce((sum, { cpuTimeNs }) => sum + cpuTimeNs, 0) / 1e6;
}
