import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  diffCounters,
  formatCpuList,
  idleMeans,
  judgeCounters,
  type Machine,
  machineToJson,
  placeInstances,
  processMemory,
  readCounters,
  readMachine,
  readThreads,
  topologyHash,
} from '../src/machine/index.ts';
import { Tree } from '../src/machine/tree.ts';
import { builtMachines } from './support/built-machines.ts';
import { useMachineRoot } from './support/machine-fixture.ts';

type Changes = Parameters<typeof useMachineRoot>[2];
const read = (context: TestContext, name: string, changes?: Changes): Machine =>
  readMachine(useMachineRoot(context, name, changes), 'linux');
const because = (machine: Machine): string => machine.usableBecause.join(' ');

describe('shapes', () => {
  test('a captured two-core guest', (t) => {
    const machine = read(t, 'two-core-epyc-kvm');
    assert.equal(machine.cpuModel, 'AMD EPYC');
    assert.equal(machine.architecture, 'x86_64');
    assert.equal(machine.virtualisation, 'docker on kvm');
    assert.deepEqual(machine.usable, [0, 1]);
    assert.deepEqual([machine.sockets, machine.physicalCores, machine.hardwareThreads], [1, 2, 2]);
    assert.deepEqual(machine.isa, ['avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16']);
    assert.equal(machine.quotaCores, null);
    assert.equal(machine.memoryLimitBytes, null);
    assert.ok(machine.memoryAvailableBytes > 0 && machine.memoryAvailableBytes < machine.memoryBytes);
    assert.deepEqual(
      machine.caches.map(({ level, type, bytes, count }) => [level, type, bytes / 1024, count]),
      [
        [1, 'data', 32, 2],
        [1, 'instruction', 32, 2],
        [2, 'unified', 1024, 2],
        [3, 'unified', 32_768, 1],
      ],
    );
    assert.equal(machine.hugePages, 'madvise');
  });

  test('a captured 16-core guest, whose one node counts a fraction of the memory', (t) => {
    const machine = read(t, 'sixteen-core-xeon-kvm');
    assert.deepEqual([machine.sockets, machine.physicalCores, machine.hardwareThreads], [1, 16, 16]);
    assert.deepEqual(
      machine.usable,
      Array.from({ length: 16 }, (_, cpu) => cpu),
    );
    assert.ok(machine.isa.includes('amx_bf16') && machine.isa.includes('avx512_vnni'));
    assert.equal(machine.memoryBytes, 131_981_020 * 1024);
    assert.deepEqual(
      machine.numaNodes.map(({ memoryBytes }) => memoryBytes),
      [machine.memoryBytes],
    );
    assert.deepEqual(machine.caches.at(-1), { level: 3, type: 'unified', bytes: 307_200 * 1024, count: 1 });
  });

  test('two sockets with siblings N and N + 48', (t) => {
    const machine = read(t, 'two-socket-96');
    assert.deepEqual([machine.sockets, machine.physicalCores, machine.hardwareThreads], [2, 48, 96]);
    assert.equal(formatCpuList(machine.usable), '0-47');
    assert.deepEqual(machine.cpus[71]!.siblings, [23, 71]);
    assert.deepEqual(
      machine.numaNodes.map((node) => formatCpuList(node.cpus)),
      ['0-23,48-71', '24-47,72-95'],
    );
    assert.deepEqual(
      machine.caches.map((cache) => cache.count),
      [48, 48, 48, 2],
    );
    assert.match(because(machine), /48 of 96/);
  });

  test('adjacent siblings: never two threads of a core', (t) => {
    const machine = read(t, 'adjacent-siblings');
    assert.deepEqual(machine.usable, [0, 2, 4, 6]);
    assert.deepEqual(placeInstances({ machine, threads: [2], hardwareThreads: true }), [[0, 1]]);
  });

  test('sub-NUMA nodes of unequal size', (t) => {
    const machine = read(t, 'unequal-nodes');
    const nodeOf = new Map(machine.cpus.map((cpu) => [cpu.id, cpu.node]));
    const placed = placeInstances({ machine, threads: [3, 4, 5, 3, 3] });
    assert.deepEqual(
      placed.map((cpus) => new Set(cpus.map((cpu) => nodeOf.get(cpu))).size),
      [1, 1, 1, 1, 1],
    );
    assert.deepEqual(machine.isa.slice(-4), ['avx512_bf16', 'amx_tile', 'amx_int8', 'amx_bf16']);
  });

  test('hybrid: performance cores only', (t) => {
    const machine = read(t, 'hybrid-laptop');
    assert.deepEqual(machine.usable, [0, 2, 4, 6, 8, 10]);
    assert.match(because(machine), /8 efficiency cores are left out/);
    assert.deepEqual(machine.clockMhz, { current: 1200, lowest: 400, highest: 4700 });
    assert.deepEqual([machine.governors, machine.turbo], [['powersave'], true]);
    assert.deepEqual(
      machine.disturbances.map(({ kind }) => kind),
      ['frequency'],
    );
    assert.match(machine.rootWouldAdd.join(' '), /scaling_governor.*turbo/);
  });

  test('hybrid: efficiency cores where nothing else is allowed', (t) => {
    const machine = read(t, 'hybrid-laptop', { '/proc/self/status': 'Cpus_allowed_list:\t14-16' });
    assert.deepEqual(machine.usable, [14, 15, 16]);
  });

  test('offline CPUs: a core is named by its smallest online sibling', (t) => {
    const machine = read(t, 'offline-cpus');
    assert.equal(formatCpuList(machine.offlineCpus), '2,8-10,12-15');
    assert.deepEqual([machine.physicalCores, machine.hardwareThreads], [7, 8]);
    assert.deepEqual(machine.usable, [0, 1, 3, 4, 5, 6, 7]);
    assert.deepEqual(machine.cpus.find((cpu) => cpu.id === 11)!.siblings, [3, 11]);
  });

  test('an ARM server', (t) => {
    const machine = read(t, 'arm-server');
    assert.deepEqual([machine.cpuModel, machine.architecture], ['ARM Neoverse-N1', 'aarch64']);
    assert.deepEqual(machine.isa, ['asimd', 'asimddp']);
    assert.deepEqual([machine.sockets, machine.usable.length], [2, 32]);
    assert.deepEqual(machine.allocators, [
      { name: 'glibc', path: null },
      { name: 'jemalloc', path: '/usr/lib/aarch64-linux-gnu/libjemalloc.so.2' },
    ]);
  });

  test('small ARM cores are told by their capacity', (t) => {
    assert.deepEqual(read(t, 'arm-big-little').usable, [4, 5, 6, 7]);
  });

  test('without sysfs, /proc/cpuinfo tells the CPUs', (t) => {
    const root = useMachineRoot(t, { '/proc/cpuinfo': 'processor\t: 0\n\nprocessor\t: 1\n' });
    const machine = readMachine(root, 'linux');
    assert.deepEqual(machine.usable, [0, 1]);
    assert.deepEqual(
      [machine.cpuModel, machine.hugePages, machine.kernel],
      ['unknown', 'unknown', 'unknown'],
    );
  });
});

describe('limits', () => {
  test('a cpuset on cgroup v2', (t) => {
    const machine = read(t, 'container-cpuset-v2');
    assert.deepEqual(machine.usable, [2, 3]);
    assert.match(because(machine), /allow 4 of 16 online CPUs: 2-3,10-11/);
    assert.equal(machine.memoryLimitBytes, 4 * 1024 ** 3);
    assert.equal(machine.memoryAvailableBytes, 3 * 1024 ** 3);
    assert.equal(machine.virtualisation, 'docker on unknown');
  });

  test('a cpuset and a quota on cgroup v1, told by paths of the host', (t) => {
    const machine = read(t, 'container-cpuset-v1');
    assert.deepEqual(
      machine.cpus.filter((cpu) => cpu.allowed).map((cpu) => cpu.id),
      [0, 1, 2],
    );
    assert.equal(machine.quotaCores, 2);
    assert.deepEqual(machine.usable, [0, 1]);
    assert.equal(machine.memoryLimitBytes, null);
  });

  test('a fractional quota on a parent group is rounded down', (t) => {
    const machine = read(t, 'quota-2.5');
    assert.equal(machine.quotaCores, 2.5);
    assert.deepEqual(machine.usable, [0, 1]);
    assert.match(because(machine), /pays for 2\.5 cores/);
    assert.equal(machine.virtualisation, 'kubernetes on unknown');
  });

  test('less than one core leaves one, and says that it is throttled', (t) => {
    const machine = read(t, 'quota-0.5');
    assert.deepEqual(machine.usable, [0]);
    assert.match(because(machine), /even one thread will be throttled/);
  });

  test('a group path that is not visible below the mount falls back to the mount', (t) => {
    const machine = read(t, 'quota-0.5', { '/proc/self/cgroup': '0::/../../elsewhere\n' });
    assert.equal(machine.quotaCores, 0.5);
  });

  test('an affinity mask that leaves only second siblings is respected', (t) => {
    const machine = read(t, 'two-socket-96', { '/proc/self/status': 'Cpus_allowed_list:\t50-51,24' });
    assert.deepEqual(machine.usable, [50, 51, 24]);
  });

  test('no CPU at all, or another system, is refused with a remedy', (t) => {
    const status = { '/proc/self/status': 'Cpus_allowed_list:\t0-1' };
    assert.throws(() => read(t, 'container-cpuset-v2', status), { code: 'machine', remedy: /./ });
    assert.throws(() => readMachine('/', 'darwin'), { code: 'machine', remedy: /Linux/ });
  });
});

describe('virtualisation', () => {
  const dmi = (vendor: string, product: string): Changes => ({
    '/sys/class/dmi/id/sys_vendor': `${vendor}\n`,
    '/sys/class/dmi/id/product_name': `${product}\n`,
  });
  const named = (t: TestContext, name: string, changes: Changes): string =>
    read(t, name, changes).virtualisation;

  test('x86: the processor tells whether, the firmware which', (t) => {
    assert.equal(named(t, 'adjacent-siblings', dmi('Amazon EC2', 'c5.large')), 'kvm');
    assert.equal(named(t, 'adjacent-siblings', dmi('VMware, Inc.', 'VMware7,1')), 'vmware');
    assert.equal(named(t, 'two-socket-96', dmi('Amazon EC2', 'c5.metal')), 'none');
    assert.equal(named(t, 'two-socket-96', dmi('Alibaba Cloud', 'ecs')), 'none');
  });

  test('ARM: only the firmware tells', (t) => {
    assert.equal(named(t, 'arm-server', dmi('Amazon EC2', 'c7g.large')), 'kvm');
    assert.equal(named(t, 'arm-server', dmi('Amazon EC2', 'c7g.metal')), 'none');
    assert.equal(named(t, 'arm-server', {}), 'none');
  });

  test('containers on the machine itself', (t) => {
    assert.equal(named(t, 'two-socket-96', { '/run/.containerenv': '' }), 'podman');
    assert.equal(named(t, 'two-socket-96', { '/proc/1/cgroup': '1:cpu:/lxc/a\n' }), 'lxc');
  });
});

describe('disturbances now', () => {
  test('load, pressure and steal', (t) => {
    const machine = read(t, 'quota-2.5', {
      '/proc/loadavg': '8.00 4.00 2.00 3/300 99\n',
      '/proc/pressure/cpu': 'some avg10=12.50 avg60=2.00 avg300=1.00 total=1\nfull avg10=0.00\n',
      '/proc/stat': 'cpu  100 0 0 850 0 0 0 50 0 0\n',
    });
    assert.deepEqual(
      machine.disturbances.map(({ kind, value }) => [kind, value]),
      [
        ['foreign-load', 0.5],
        ['pressure', 12.5],
        ['steal', 5],
      ],
    );
  });

  test('a quiet machine has none', (t) => assert.deepEqual(read(t, 'two-socket-96').disturbances, []));
});

describe('counters from files', () => {
  test('throttling on any level, pressure and clocks', (t) => {
    const clock = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq';
    const root = useMachineRoot(t, 'quota-2.5', {
      '/sys/fs/cgroup/kubepods.slice/pod1/container1/cpu.stat': 'nr_throttled 0\nthrottled_usec 0\n',
      '/sys/fs/cgroup/kubepods.slice/pod1/cpu.stat': 'nr_periods 9\nnr_throttled 3\nthrottled_usec 1500\n',
      '/sys/fs/cgroup/kubepods.slice/pod1/container1/cpu.pressure':
        'some avg10=0.00 avg60=0.00 avg300=0.00 total=70\n',
      [clock]: '2400000\n',
    });
    const snapshot = readCounters({ cpus: [0, 1], pids: [42], root });
    assert.deepEqual(snapshot.throttled, { periods: 3, ns: 1_500_000 });
    assert.equal(snapshot.pressureNs, 70_000);
    assert.equal(snapshot.frequencyMhz, 2400);
    assert.deepEqual(snapshot.times.get(1), { busyNs: 16_000_000_000, stealNs: 0 });
    assert.equal(snapshot.threads.size, 0);
    assert.deepEqual(judgeCounters(diffCounters(snapshot, snapshot)), []);
  });

  test('task times from /proc/schedstat where cpuacct is not mounted', (t) => {
    const root = useMachineRoot(t, 'quota-2.5', {
      '/proc/schedstat': 'version 15\ntimestamp 1\ncpu0 0 0 0 0 0 0 111 5 9\ncpu1 0 0 0 0 0 0 222 5 9\n',
    });
    assert.deepEqual(
      [...readCounters({ cpus: [0], pids: [], root }).taskNs],
      [
        [0, 111],
        [1, 222],
      ],
    );
  });

  test('task times from cpuacct on the captured guest', (t) => {
    const root = useMachineRoot(t, 'two-core-epyc-kvm');
    assert.equal(readCounters({ cpus: [0], pids: [], root }).taskNs.size, 2);
  });

  test('threads without schedstat and sched files', (t) => {
    const root = useMachineRoot(t, {
      '/proc/5/task/6/status': 'Name:\ta) b\nCpus_allowed_list:\t1\nnonvoluntary_ctxt_switches:\t4\n',
      '/proc/5/task/6/stat': `6 (a) b) S ${Array.from({ length: 49 }, (_, at) => at + 4).join(' ')}\n`,
      '/proc/5/status': 'VmRSS:\t   8 kB\n',
    });
    assert.deepEqual(readThreads(5, root), [
      {
        tid: 6,
        name: 'a) b',
        cpusAllowed: [1],
        cpuTimeNs: (14 + 15) * 10_000_000,
        voluntarySwitches: 0,
        involuntarySwitches: 4,
        migrations: null,
        lastCpu: 39,
      },
    ]);
    assert.deepEqual(processMemory(5, root), { rssBytes: 8192, pssBytes: null, anonHugeBytes: null });
  });
});

describe('what is told of it', () => {
  test('the JSON has the fields of the contract, first', (t) => {
    const json = machineToJson(read(t, 'two-socket-96'));
    const contract = [
      'sockets',
      'numaNodes',
      'physicalCores',
      'hardwareThreads',
      'usable',
      'quotaCores',
      'isa',
    ];
    const more = ['memoryBytes', 'caches', 'allocators', 'hugePages', 'disturbances'];
    assert.deepEqual(Object.keys(json).slice(0, 12), [...contract, ...more]);
    assert.equal(json['cpuModel'], 'Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz');
  });

  test('the hash tells shapes apart, whatever is allowed now', (t) => {
    const names = [...Object.keys(builtMachines).filter((name) => !/^(container|quota)/.test(name))];
    const hashes = names.map((name) => topologyHash(read(t, name)));
    assert.equal(new Set(hashes).size, names.length);
    const container = topologyHash(read(t, 'container-cpuset-v2'));
    assert.equal(container, topologyHash(read(t, 'quota-2.5')));
    assert.match(container, /^[0-9a-f]{16}$/);
  });
});

describe('means to keep a process to the time that others leave', () => {
  const means = (context: TestContext, name: string, changes: Changes = {}) =>
    idleMeans(
      new Tree(
        useMachineRoot(context, name, {
          '/proc/sys/kernel/sched_autogroup_enabled': '1\n',
          '/proc/self/status': 'CapEff:\t00000000a80425fb\n',
          '/proc/self/limits': 'Max nice priority         0                    0\n',
          ...changes,
        }),
      ),
    );
  const outside = { '/proc/self/cgroup': '0::/\n' };

  test('sessions are groups only outside of control groups that share the CPUs', (t) => {
    assert.deepEqual(means(t, 'two-socket-96', outside), { policy: false, group: true });
    assert.deepEqual(means(t, 'container-cpuset-v1'), { policy: false, group: false });
    assert.deepEqual(means(t, 'container-cpuset-v2'), { policy: false, group: true });
    const weight = { '/sys/fs/cgroup/cpu.weight': '100\n' };
    assert.deepEqual(means(t, 'container-cpuset-v2', weight), { policy: false, group: false });
    const off = { ...outside, '/proc/sys/kernel/sched_autogroup_enabled': '0\n' };
    assert.deepEqual(means(t, 'two-socket-96', off), { policy: false, group: false });
  });

  test('the policy can be taken back with a capability or a limit', (t) => {
    const nice = { ...outside, '/proc/self/limits': 'Max nice priority         20                   20\n' };
    assert.equal(means(t, 'two-socket-96', nice).policy, true);
    const capable = { ...outside, '/proc/self/status': 'CapEff:\t0000000000800000\n' };
    assert.equal(means(t, 'two-socket-96', capable).policy, true);
  });
});
