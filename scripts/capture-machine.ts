/**
 * Records the files of this machine that `readMachine` and `readCounters` look at, for test/fixtures/machines:
 * `node scripts/capture-machine.ts 'what machine it is' > test/fixtures/machines/NAME/tree.txt`.
 * Names that could tell whose machine it is are replaced: parts of cgroup paths, the kernel's local version.
 */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { formatMachineTree } from '../test/support/machine-tree.ts';

const cpu = '/sys/devices/system/cpu';
const patterns = [
  `${cpu}/{online,offline,present}`,
  `${cpu}/cpu[0-9]*/topology/{thread_siblings_list,core_cpus_list,core_id,physical_package_id}`,
  `${cpu}/cpu[0-9]*/cache/index*/{level,type,size,shared_cpu_list}`,
  `${cpu}/cpu[0-9]*/cpu_capacity`,
  `${cpu}/cpufreq/policy*/{scaling_governor,scaling_cur_freq,cpuinfo_min_freq,cpuinfo_max_freq}`,
  `${cpu}/{intel_pstate/no_turbo,cpufreq/boost}`,
  '/sys/devices/{cpu_core,cpu_atom,cpu_lowpower}/cpus',
  '/sys/devices/system/node/node[0-9]*/{cpulist,meminfo}',
  '/sys/devices/system/clocksource/clocksource0/available_clocksource',
  '/sys/kernel/mm/transparent_hugepage/enabled',
  '/sys/hypervisor/type',
  '/sys/class/dmi/id/{sys_vendor,product_name,board_vendor,bios_vendor}',
  '/proc/{cpuinfo,meminfo,loadavg,stat,schedstat}',
  '/proc/pressure/cpu',
  '/proc/sys/kernel/{arch,osrelease,numa_balancing,perf_event_paranoid}',
  '/proc/self/{cgroup,status,mountinfo}',
  '/proc/1/cgroup',
  '/{.dockerenv,run/.containerenv}',
  '/usr/lib*/{,*-linux-gnu/}lib{jemalloc,tcmalloc,tcmalloc_minimal,mimalloc}.so*',
];
const limits = [
  'cpuset.cpus.effective', 'cpuset.effective_cpus', 'cpuset.cpus', 'cpu.max', 'cpu.cfs_quota_us', 'cpu.cfs_period_us',
  'cpu.stat', 'cpu.pressure', 'cpuacct.usage_percpu', 'memory.max', 'memory.current', 'memory.limit_in_bytes',
  'memory.usage_in_bytes', 'memory.stat',
]; // biome-ignore format: a table

const groupNames = new Map<string, string>();
/** `/system.slice/x` → `/group1/group2`, the same name for the same part. */
function anonymous(path: string): string {
  return path.replaceAll(/[^/]+/g, (part) => {
    const name = groupNames.get(part) ?? `group${groupNames.size + 1}`;
    groupNames.set(part, name);
    return name;
  });
}

/** Only what is read of each, without names. */
const cleaners: Readonly<Record<string, (text: string) => string>> = {
  '/proc/self/cgroup': (text) =>
    text.replaceAll(/^(\d+:[^:]*:)(.*)$/gm, (_, left, path) => left + anonymous(path)),
  '/proc/1/cgroup': (text) =>
    text.replaceAll(/^(\d+:[^:]*:)(.*)$/gm, (_, left, path) => left + anonymous(path)),
  '/proc/self/mountinfo': (text) => text.match(/^.* - cgroup2? .*$/gm)?.join('\n') ?? '',
  '/proc/self/status': (text) => text.match(/^(Cpus|Mems)_allowed_list:.*$/gm)?.join('\n') ?? '',
  '/proc/sys/kernel/osrelease': (text) => /^[\d.]+/.exec(text)?.[0] ?? '',
  '/proc/stat': (text) => text.match(/^cpu.*$/gm)?.join('\n') ?? '',
};

function contentOf(path: string): string {
  if (/\.so|env$/.test(path)) return '';
  const text = readFileSync(path, 'utf8');
  return cleaners[path]?.(text) ?? text;
}

function capture(paths: readonly string[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of paths.filter((name) => existsSync(name) && statSync(name).isFile()))
    try {
      files[path] = contentOf(path);
    } catch {
      // Some files of sysfs are there but can't be read.
    }
  return files;
}

/** Files of the process's own groups and of their parents, under the replaced names. */
function captureGroups(): Record<string, string> {
  const groups = readFileSync('/proc/self/cgroup', 'utf8').match(/:[^:]*$/gm) ?? [];
  const mounts = globSync('/sys/fs/cgroup/{,*/}').filter((folder) => existsSync(`${folder}/cgroup.procs`));
  const files: Record<string, string> = {};
  for (const mount of mounts.map((folder) => folder.replace(/\/$/, '')))
    for (const path of new Set(groups.map((group) => group.slice(1))))
      for (let at = path === '/' ? '' : path; ; at = at.slice(0, at.lastIndexOf('/'))) {
        const found = capture(limits.map((name) => `${mount}${at}/${name}`));
        for (const [name, text] of Object.entries(found)) {
          const file = name.slice(name.lastIndexOf('/'));
          files[mount + anonymous(at) + file] = text;
        }
        if (at === '') break;
      }
  return files;
}

const files = { ...capture(patterns.flatMap((pattern) => globSync(pattern)).sort()), ...captureGroups() };
process.stdout.write(
  formatMachineTree(files, [
    `Captured from ${process.argv[2] ?? 'a real machine'} by scripts/capture-machine.ts.`,
  ]),
);
