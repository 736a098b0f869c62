import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import { ThinferError } from '../errors.ts';
import { formatCpuList } from './cpu-list.ts';
import type { MemoryPolicy } from './types.ts';

/** Modes by number (`linux/mempolicy.h`). */
const modeNames = [
  'default',
  'preferred',
  'bind',
  'interleave',
  'local',
  'preferred-many',
  'weighted-interleave',
];

/** System calls have no wrapper in the C library, only in libnuma; numbers from the kernel's tables. */
const callNumbers: Readonly<Record<string, { readonly set: number; readonly get: number }>> = {
  x64: { set: 238, get: 239 },
  arm64: { set: 237, get: 236 },
};

/** Nodes a mask holds: the most any kernel is built for (MAX_NUMNODES = 1024). */
const maskWords = 16;
const maskBits = maskWords * 64;

type SystemCall = (
  number: number,
  first: unknown,
  mask: BigUint64Array,
  bits: number,
  address: number,
  flags: number,
) => number;
interface MemoryCalls {
  readonly set: (mode: number, mask: BigUint64Array) => number;
  readonly get: (mode: Int32Array, mask: BigUint64Array) => number;
  readonly errno: () => number;
}

let calls: MemoryCalls | undefined;

/** koffi is loaded on first use, since reading a machine needs none of it. */
function memoryCalls(): MemoryCalls {
  calls ??= loadCalls();
  return calls;
}

function loadCalls(): MemoryCalls {
  const numbers = callNumbers[process.arch];
  if (numbers === undefined)
    throw new ThinferError('machine', `Memory policies are not supported on ${process.arch}.`, {
      remedy: 'Leave the memory policy at default.',
    });
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const library = koffi.load(null);
  const set = library.func('long syscall(long, long, uint64_t *, unsigned long, long, long)') as SystemCall;
  const get = library.func(
    'long syscall(long, _Out_ int *, _Out_ uint64_t *, unsigned long, long, long)',
  ) as SystemCall;
  return {
    // The kernel reads one bit less than it is told (get_nodes in mm/mempolicy.c).
    set: (mode, mask) => set(numbers.set, mode, mask, maskBits + 1, 0, 0),
    get: (mode, mask) => get(numbers.get, mode, mask, maskBits + 1, 0, 0),
    errno: () => koffi.errno(),
  };
}

/**
 * Sets where the calling thread's memory is placed from now on; threads it starts later inherit it, those that run
 * already do not, and pages already touched stay where they are. So call it from the main thread before the model is
 * loaded. The policy lasts until the process ends.
 *
 * @throws ThinferError `usage` where `bind` or `interleave` name no nodes or impossible ones; `machine` where the kernel refuses:
 * a node that is offline or outside the cpuset (EINVAL), a container that forbids the call (EPERM), a kernel without NUMA (ENOSYS).
 * @see https://man7.org/linux/man-pages/man2/set_mempolicy.2.html
 */
export function setMemoryPolicy(policy: MemoryPolicy): void {
  const mask = new BigUint64Array(maskWords);
  const nodes = 'nodes' in policy ? policy.nodes : [];
  checkNodes(policy, nodes);
  for (const node of nodes) mask[Math.floor(node / 64)]! |= 1n << BigInt(node % 64);
  const { set, errno } = memoryCalls();
  if (set(modeNames.indexOf(policy.mode), mask) === 0) return;
  const name = getSystemErrorName(-errno());
  // Where the calls are missing or forbidden nothing can have changed the default.
  if (policy.mode === 'default' && (name === 'ENOSYS' || name === 'EPERM')) return;
  throw new ThinferError(
    'machine',
    `The memory policy ${describe(policy.mode, nodes)} was refused (${name}).`,
    {
      remedy: remedies[name] ?? 'Leave the memory policy at default.',
    },
  );
}

const remedies: Readonly<Record<string, string>> = {
  EINVAL: 'Name NUMA nodes that are online, have memory and are in the cpuset of this process.',
  EPERM:
    'Give the container the capability SYS_NICE (docker run --cap-add SYS_NICE), or leave the policy at default.',
  ENOSYS: 'This kernel has no NUMA support: leave the memory policy at default.',
};

function checkNodes(policy: MemoryPolicy, nodes: readonly number[]): void {
  const valid = nodes.every((node) => Number.isInteger(node) && node >= 0 && node < maskBits);
  if (valid && ('nodes' in policy ? nodes.length > 0 : true)) return;
  throw new ThinferError(
    'usage',
    `The memory policy ${policy.mode} can't have the nodes "${nodes.join()}".`,
    {
      remedy: 'Name at least one NUMA node, such as 0 or 0,1.',
    },
  );
}

/**
 * Reads the calling thread's memory policy: `default`, `local`, `bind:0-1`, `interleave:0,2`, …; `unknown` where the
 * kernel does not tell.
 *
 * @see https://man7.org/linux/man-pages/man2/get_mempolicy.2.html
 */
export function readMemoryPolicy(): string {
  const mode = new Int32Array(1);
  const mask = new BigUint64Array(maskWords);
  if (memoryCalls().get(mode, mask) !== 0) return 'unknown';
  // The upper bits of the mode are flags (MPOL_MODE_FLAGS).
  return describe(modeNames[mode[0]! & 0xff] ?? 'unknown', nodesIn(mask));
}

function nodesIn(mask: BigUint64Array): number[] {
  return Array.from({ length: maskBits }, (_, node) => node).filter(
    (node) => (mask[Math.floor(node / 64)]! >> BigInt(node % 64)) & 1n,
  );
}

function describe(mode: string, nodes: readonly number[]): string {
  return nodes.length === 0 ? mode : `${mode}:${formatCpuList(nodes)}`;
}
