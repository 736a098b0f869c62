/** One online CPU as Linux numbers it: a hardware thread. */
export interface Cpu {
  readonly id: number;
  /** The physical core, named by its smallest online sibling. */
  readonly core: number;
  /** The online hardware threads of that core, ascending, this one included. */
  readonly siblings: readonly number[];
  readonly socket: number;
  /** NUMA node. */
  readonly node: number;
  /** `efficiency` on hybrid machines' small cores; `performance` otherwise. */
  readonly kind: 'performance' | 'efficiency';
  /** Whether this process may run on it (affinity mask and cpuset). */
  readonly allowed: boolean;
}

export interface NumaNode {
  readonly id: number;
  readonly cpus: readonly number[];
  readonly memoryBytes: number;
}

export interface Cache {
  readonly level: number;
  readonly type: 'data' | 'instruction' | 'unified';
  /** Size of one such cache. */
  readonly bytes: number;
  /** How many the machine has. */
  readonly count: number;
}

/** What spoils measuring now, or spoiled a measurement. */
export interface Disturbance {
  readonly kind:
    | 'steal'
    | 'throttled'
    | 'foreign-load'
    | 'pressure'
    | 'involuntary-switches'
    | 'migrations'
    | 'frequency'
    | 'drift'
    | 'two-modes'
    | 'too-few-samples'
    | 'late-start';
  /** The quantity that was compared, in `unit`. */
  readonly value: number;
  readonly threshold: number;
  readonly unit: string;
  /** One sentence for people. */
  readonly text: string;
}

/** A machine as thinfer sees it. Everything is read from files below a root folder; nothing needs root. */
export interface Machine {
  readonly cpuModel: string;
  readonly architecture: string;
  readonly kernel: string;
  /** E.g. `kvm`, `docker`, `docker on kvm`, `none`, `unknown`. */
  readonly virtualisation: string;
  /** In MHz; null where the machine does not tell. */
  readonly clockMhz: {
    readonly current: number | null;
    readonly lowest: number | null;
    readonly highest: number | null;
  };
  /** Frequency governors in use; empty where the machine tells none. */
  readonly governors: readonly string[];
  /** Whether clocks may rise above the nominal one; null where the machine does not tell. */
  readonly turbo: boolean | null;
  readonly sockets: number;
  readonly numaNodes: readonly NumaNode[];
  /** Online physical cores and hardware threads of the whole machine. */
  readonly physicalCores: number;
  readonly hardwareThreads: number;
  readonly cpus: readonly Cpu[];
  readonly offlineCpus: readonly number[];
  /**
   * The CPUs thinfer will use: one hardware thread per allowed physical core, cut to the quota; in order of the sequential mapping.
   * Where hardware threads are asked for, each stands for its core.
   */
  readonly usable: readonly number[];
  /** Why exactly those, one sentence a reason. */
  readonly usableBecause: readonly string[];
  /** CPU quota of the container in cores (can be fractional); null where there is none. */
  readonly quotaCores: number | null;
  /** Of avx2, avx512f, avx512_vnni, avx_vnni, avx512_bf16, amx_tile, amx_int8, amx_bf16, asimd, asimddp, i8mm, sve, sve2, bf16: those present. */
  readonly isa: readonly string[];
  readonly memoryBytes: number;
  /** Memory limit of the container; null where there is none. */
  readonly memoryLimitBytes: number | null;
  readonly memoryAvailableBytes: number;
  readonly caches: readonly Cache[];
  /** Allocators that can be used: glibc always; jemalloc, tcmalloc, mimalloc where a library was found. */
  readonly allocators: readonly Allocator[];
  /** The system's transparent huge-page mode: always, madvise, never, unknown. */
  readonly hugePages: string;
  /** What disturbs measuring now. */
  readonly disturbances: readonly Disturbance[];
  /** What root could add on this machine, one sentence each. */
  readonly rootWouldAdd: readonly string[];
}

/** How `t` threads are laid over sockets: fill one first, or alternate. */
export type Mapping = 'sequential' | 'interleave';

/** Where the kernel places an instance's memory. */
export type MemoryPolicy =
  | { readonly mode: 'default' | 'local' }
  | { readonly mode: 'bind' | 'interleave'; readonly nodes: readonly number[] };

/**
 * Whether an instance's memory may lie on transparent huge pages. `off`: none does (prctl). `malloc`: what the C library
 * hands out is asked to (its tunable `glibc.malloc.hugetlb=1`). Without either, the system's mode decides.
 */
export type HugePages = 'off' | 'malloc';

/** A memory allocator and the library it is preloaded from; null: the C library's own. */
export interface Allocator {
  readonly name: string;
  readonly path: string | null;
}
