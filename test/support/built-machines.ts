import { buildMachine, type CoreRecipe } from './build-machine.ts';
import type { MachineTree } from './machine-tree.ts';

/** A machine that was built, not captured. */
export interface BuiltMachine {
  /** What it stands for, and where its figures come from. */
  readonly source: string;
  readonly tree: () => MachineTree;
}

const avx512 = 'fpu sse2 lm avx avx2 avx512f avx512_vnni';

/** `count` cores from `first`; a second hardware thread lies `gap` further, none where the gap is 0. */
function cores(count: number, first: number, gap: number, place: Omit<CoreRecipe, 'cpus'>): CoreRecipe[] {
  return Array.from({ length: count }, (_, at) => {
    const cpu = first + at;
    return { ...place, cpus: gap === 0 ? [cpu] : [cpu, cpu + gap] };
  });
}

const eightCores = {
  cores: cores(8, 0, 8, { socket: 0, node: 0 }),
  cpuModel: 'Built CPU',
  flags: `${avx512} hypervisor`,
  memoryGiB: 32,
};
const v2Mount = '30 23 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n';

/** Files of a container on cgroup v2 that sees its own group as the root. */
function containerV2(files: Readonly<Record<string, string>>): MachineTree {
  const below = Object.entries(files).map(([name, text]) => [`/sys/fs/cgroup/${name}`, `${text}\n`]);
  return { '/proc/self/cgroup': '0::/\n', '/proc/self/mountinfo': v2Mount, ...Object.fromEntries(below) };
}

/** Machines by name. All are built by `buildMachine`; shapes are published or invented as told in `source`. */
export const builtMachines: Readonly<Record<string, BuiltMachine>> = {
  'two-socket-96': {
    source:
      'Two-socket Xeon Platinum 8275CL, 96 hardware threads: lscpu printed in M. Funtowicz, "Scaling up BERT-like model Inference on modern CPU - Part 1", Hugging Face blog, April 2021. Memory is invented; L3 is 35.75 MiB a socket.',
    tree: () =>
      buildMachine({
        cores: [...cores(24, 0, 48, { socket: 0, node: 0 }), ...cores(24, 24, 48, { socket: 1, node: 1 })],
        cpuModel: 'Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz',
        flags: avx512,
        memoryGiB: 192,
        caches: { l1: '32K', l2: '1024K', l3: '36608K' },
      }),
  },
  'adjacent-siblings': {
    source:
      'Invented: four cores whose hardware threads are numbered side by side (0,1 are one core), as many virtual machines are.',
    tree: () =>
      buildMachine({
        cores: [0, 2, 4, 6].map((cpu) => ({ cpus: [cpu, cpu + 1], socket: 0, node: 0 })),
        cpuModel: 'Built CPU',
        flags: `${avx512} hypervisor`,
      }),
  },
  'unequal-nodes': {
    source:
      'Invented: two sockets of two sub-NUMA nodes each, of 6, 4, 5 and 3 cores, as where cores are fused off unevenly.',
    tree: () =>
      buildMachine({
        cores: [
          ...cores(6, 0, 18, { socket: 0, node: 0 }),
          ...cores(4, 6, 18, { socket: 0, node: 1 }),
          ...cores(5, 10, 18, { socket: 1, node: 2 }),
          ...cores(3, 15, 18, { socket: 1, node: 3 }),
        ],
        cpuModel: 'Built CPU',
        flags: `${avx512} avx512_bf16 amx_tile amx_int8 amx_bf16`,
      }),
  },
  'hybrid-laptop': {
    source:
      'Invented after laptops of six performance cores with two threads each and eight efficiency cores.',
    tree: () =>
      buildMachine({
        cores: [
          ...[0, 2, 4, 6, 8, 10].map((cpu) => ({ cpus: [cpu, cpu + 1], socket: 0, node: 0 })),
          ...cores(8, 12, 0, { socket: 0, node: 0, efficiency: true }),
        ],
        cpuModel: 'Built hybrid CPU',
        flags: 'fpu sse2 lm avx avx2 avx_vnni',
        memoryGiB: 16,
        files: {
          '/sys/devices/cpu_core/cpus': '0-11\n',
          '/sys/devices/cpu_atom/cpus': '12-19\n',
          '/sys/devices/system/cpu/cpufreq/policy0/scaling_governor': 'powersave\n',
          '/sys/devices/system/cpu/cpufreq/policy0/cpuinfo_min_freq': '400000\n',
          '/sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq': '4700000\n',
          '/sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq': '1200000\n',
          '/sys/devices/system/cpu/intel_pstate/no_turbo': '0\n',
        },
      }),
  },
  'offline-cpus': {
    source:
      'Invented: eight cores of two threads; all second threads but one, and one whole core, are offline.',
    tree: () => buildMachine({ ...eightCores, offline: [2, 8, 9, 10, 12, 13, 14, 15] }),
  },
  'container-cpuset-v2': {
    source:
      'Invented: a container on cgroup v2 that may use four of sixteen CPUs and 4 GiB, of which 1 GiB is used.',
    tree: () =>
      buildMachine({
        ...eightCores,
        mask: '2-3,10-11',
        files: {
          '/.dockerenv': '',
          ...containerV2({
            'cpuset.cpus.effective': '2-3,10-11',
            'cpu.max': 'max 100000',
            'memory.max': String(4 * 1024 ** 3),
            'memory.current': String(1.5 * 1024 ** 3),
            'memory.stat': `anon 1\ninactive_file ${512 * 1024 ** 2}`,
          }),
        },
      }),
  },
  'container-cut-cores': {
    source:
      'Invented: a container on two sockets whose cpuset cuts through cores (of some only the second thread is left) and whose quota of 7.5 cores ends within one.',
    tree: () =>
      buildMachine({
        ...eightCores,
        cores: [...cores(4, 0, 8, { socket: 0, node: 0 }), ...cores(4, 4, 8, { socket: 1, node: 1 })],
        mask: '0-2,5,7-8,10,12-13,15',
        files: containerV2({
          'cpuset.cpus.effective': '0-2,5,7-8,10,12-13,15',
          'cpu.max': '750000 100000',
        }),
      }),
  },
  'container-cpuset-v1': {
    source:
      'Invented: a container on cgroup v1 without a cgroup namespace: paths are told as the host sees them.',
    tree: () =>
      buildMachine({
        ...eightCores,
        files: {
          '/proc/self/cgroup':
            '4:memory:/docker/0123abcd\n3:cpuset:/docker/0123abcd\n2:cpu,cpuacct:/docker/0123abcd\n',
          '/proc/self/mountinfo': ['cpuset', 'cpu,cpuacct', 'memory']
            .map(
              (name, at) =>
                `${40 + at} 30 0:${30 + at} /docker/0123abcd /sys/fs/cgroup/${name} ro - cgroup cgroup rw,${name}\n`,
            )
            .join(''),
          '/sys/fs/cgroup/cpuset/cpuset.effective_cpus': '0-2\n',
          '/sys/fs/cgroup/cpuset/cpuset.cpus': '0-2\n',
          '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '200000\n',
          '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
          '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
          '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1000\n',
        },
      }),
  },
  'quota-2.5': {
    source:
      'Invented: a pod on cgroup v2 whose parent group has a quota of 2.5 cores; its own group has none.',
    tree: () =>
      buildMachine({
        ...eightCores,
        files: {
          '/proc/self/cgroup': '0::/kubepods.slice/pod1/container1\n',
          '/proc/1/cgroup': '0::/kubepods.slice/pod1/container1\n',
          '/proc/self/mountinfo': v2Mount,
          '/sys/fs/cgroup/kubepods.slice/pod1/container1/cpu.max': 'max 100000\n',
          '/sys/fs/cgroup/kubepods.slice/pod1/container1/memory.max': 'max\n',
          '/sys/fs/cgroup/kubepods.slice/pod1/cpu.max': '250000 100000\n',
          '/sys/fs/cgroup/kubepods.slice/cpu.max': '1200000 100000\n',
        },
      }),
  },
  'quota-0.5': {
    source: 'Invented: a container on cgroup v2 with half a core.',
    tree: () => buildMachine({ ...eightCores, files: containerV2({ 'cpu.max': '50000 100000' }) }),
  },
  'arm-server': {
    source:
      'Invented after two-socket Neoverse-N1 servers with one thread a core; packages are numbered as some firmware does.',
    tree: () =>
      buildMachine({
        cores: [...cores(16, 0, 0, { socket: 36, node: 0 }), ...cores(16, 16, 0, { socket: 5418, node: 1 })],
        architecture: 'arm',
        cpuModel:
          'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1',
        flags: 'fp asimd evtstrm aes crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp',
        files: { '/usr/lib/aarch64-linux-gnu/libjemalloc.so.2': '' },
      }),
  },
  'arm-four-threads': {
    source:
      'Invented after two-socket ThunderX2 servers, whose cores have up to four hardware threads; four cores a socket here.',
    tree: () =>
      buildMachine({
        cores: Array.from({ length: 8 }, (_, core) => ({
          cpus: [core, core + 8, core + 16, core + 24],
          socket: Math.floor(core / 4),
          node: Math.floor(core / 4),
        })),
        architecture: 'arm',
        cpuModel: 'CPU implementer\t: 0x43\nCPU part\t: 0x0af',
        flags: 'fp asimd evtstrm aes crc32 atomics cpuid asimdrdm',
      }),
  },
  'arm-big-little': {
    source:
      'Invented after boards of four small and four large ARM cores; capacities of the kernel tell them apart.',
    tree: () =>
      buildMachine({
        cores: cores(8, 0, 0, { socket: -1, node: 0 }),
        architecture: 'arm',
        cpuModel: 'CPU implementer\t: 0x41\nCPU part\t: 0xfff',
        flags: 'fp asimd asimddp',
        files: Object.fromEntries(
          Array.from({ length: 8 }, (_, cpu) => [
            `/sys/devices/system/cpu/cpu${cpu}/cpu_capacity`,
            cpu < 4 ? '530\n' : '1024\n',
          ]),
        ),
      }),
  },
};
