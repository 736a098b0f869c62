import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  diffCounters,
  monotonicNs,
  pinnedCommand,
  processMemory,
  readCounters,
  readMachine,
  readThreads,
} from '../src/machine/index.ts';

const machine = readMachine();
const cpu = machine.usable.at(-1)!;

/** Starts a pinned Node that says when it is ready, and ends it with the test. */
async function usePinned(
  context: TestContext,
  script: string,
  cpus: readonly number[] | null = [cpu],
): Promise<ChildProcess> {
  const command = [process.execPath, '-e', `${script};console.log("ready")`];
  const [program, ...words] = pinnedCommand({ cpus, command });
  const child = spawn(program!, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  return child;
}

const idle = 'setInterval(() => {}, 1000)';
const burnBriefly = `${idle}; { const end = Date.now() + 150; while (Date.now() < end); }`;

describe('this machine', () => {
  test('is read with at least one usable CPU of those allowed', () => {
    assert.ok(machine.usable.length >= 1);
    assert.ok(machine.usable.every((id) => machine.cpus.find((one) => one.id === id)!.allowed));
    assert.ok(machine.memoryAvailableBytes > 0 && machine.memoryAvailableBytes <= machine.memoryBytes);
    assert.ok(machine.usableBecause.length >= 1);
  });

  test('reading it does not load the native library', () => {
    const index = resolve(import.meta.dirname, '../src/machine/index.ts');
    const script = `const { readMachine } = await import(${JSON.stringify(index)}); readMachine();
      console.log(process.report.getReport().sharedObjects.some((name) => name.includes('koffi')))`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    assert.equal(stdout.trim(), 'false');
  });
});

describe('pinning', () => {
  test('every thread of the child inherits the CPUs', async (t) => {
    const child = await usePinned(t, idle);
    const threads = readThreads(child.pid!);
    assert.ok(threads.length > 1);
    for (const thread of threads) assert.deepEqual([thread.cpusAllowed, thread.lastCpu], [[cpu], cpu]);
  });

  test('without CPUs the mask stays', async (t) => {
    const child = await usePinned(t, idle, null);
    const [own] = readThreads('self');
    assert.deepEqual(readThreads(child.pid!)[0]!.cpusAllowed, own!.cpusAllowed);
  });

  test('the child dies with the parent that was killed', async (t) => {
    const words = JSON.stringify(pinnedCommand({ cpus: [cpu], command: ['sleep', '60'] }));
    const script = `const [program, ...words] = ${words};
      const child = require('node:child_process').spawn(program, words); console.log(child.pid)`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => parent.kill('SIGKILL'));
    const [pid] = await once(parent.stdout!, 'data');
    while (readThreads(Number(pid))[0]?.name !== 'sleep') await new Promise((done) => setTimeout(done, 10));
    parent.kill('SIGKILL');
    // An orphan may stay a zombie where nothing reaps it; a zombie has no memory.
    while (processMemory(Number(pid)) !== null) await new Promise((done) => setTimeout(done, 10));
  });

  test('a missing program is named with its package', () => {
    assert.throws(() => pinnedCommand({ cpus: [0], command: ['true'] }, '/nonexistent'), {
      code: 'machine',
      message: /setpriv/,
      remedy: /util-linux/,
    });
  });
});

describe('threads and memory', () => {
  test('CPU time of the thread that worked grows', async (t) => {
    const child = await usePinned(t, burnBriefly);
    const [main] = readThreads(child.pid!).filter((thread) => thread.tid === child.pid);
    assert.ok(main!.cpuTimeNs > 100e6, `${main!.cpuTimeNs}`);
  });

  test('memory of this process', () => {
    const memory = processMemory('self')!;
    assert.ok(memory.rssBytes > 10e6);
    assert.ok(memory.pssBytes === null || memory.pssBytes <= memory.rssBytes);
  });

  test('a process that is gone has no threads and no memory', async (t) => {
    const child = await usePinned(t, 'setTimeout(() => {}, 0)');
    if (child.exitCode === null) await once(child, 'exit');
    assert.deepEqual(readThreads(child.pid!), []);
    assert.equal(processMemory(child.pid!), null);
  });
});

describe('memory policy', () => {
  const index = resolve(import.meta.dirname, '../src/machine/index.ts');
  /** In a child, since a policy lasts as long as its process. */
  const inChild = (body: string): string => {
    const script = `import { readMemoryPolicy, setMemoryPolicy } from ${JSON.stringify(index)};
      const attempt = (policy) => { try { setMemoryPolicy(policy); return readMemoryPolicy(); } catch (error) { return error.code; } };
      console.log([${body}].join(' '))`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    return stdout.trim();
  };
  const node = machine.numaNodes.find((one) => one.memoryBytes > 0)?.id ?? 0;
  const permitted = inChild(`attempt({ mode: 'local' })`) === 'local';

  test('is set and read back', {
    skip: !permitted && 'the kernel or container forbids memory policies',
  }, () => {
    assert.equal(
      inChild(
        `readMemoryPolicy(), attempt({ mode: 'bind', nodes: [${node}] }), attempt({ mode: 'interleave', nodes: [${node}] }), attempt({ mode: 'default' })`,
      ),
      `default bind:${node} interleave:${node} default`,
    );
  });

  test('a node that is not there is refused by the kernel, impossible ones by us', () => {
    assert.equal(inChild(`attempt({ mode: 'bind', nodes: [1023] })`), 'machine');
    assert.equal(
      inChild(`attempt({ mode: 'bind', nodes: [] }), attempt({ mode: 'bind', nodes: [-1] })`),
      'usage usage',
    );
  });
});

describe('counters', () => {
  test('work of a measured process is its own, the same work of a stranger is foreign', async (t) => {
    const worker = await usePinned(t, `${idle}; setTimeout(() => { for (;;); }, 50)`);
    await new Promise((done) => setTimeout(done, 150));
    const measure = async (pids: number[]) => {
      const before = readCounters({ cpus: [cpu], pids });
      await new Promise((done) => setTimeout(done, 300));
      return diffCounters(before, readCounters({ cpus: [cpu], pids, previous: before }));
    };
    const known = await measure([worker.pid!]);
    const unknown = await measure([]);
    assert.ok(known.busyByCpu[cpu]! > 0.3, JSON.stringify(known));
    assert.ok(unknown.foreignShare > known.foreignShare + 0.2, JSON.stringify({ known, unknown }));
  });

  test('processes that are gone do not disturb', () => {
    const snapshot = readCounters({ cpus: [cpu], pids: [2 ** 22 + 1] });
    assert.equal(snapshot.threads.size, 0);
    assert.ok(snapshot.ownThreads.size > 0);
    assert.ok(snapshot.atNs <= monotonicNs());
  });
});

test('the threads that V8 compiles in stand back, and no others', () => {
  const index = resolve(import.meta.dirname, '../src/machine/index.ts');
  const script = `const { lowerHelpers } = await import(${JSON.stringify(index)});
    const { readdirSync, readFileSync } = await import('node:fs');
    const { getPriority } = await import('node:os');
    lowerHelpers();
    const name = (thread) => readFileSync('/proc/self/task/' + thread + '/comm', 'utf8').trim();
    const threads = readdirSync('/proc/self/task').map((thread) => [name(thread), getPriority(Number(thread))]);
    console.log(JSON.stringify(threads))`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const threads = JSON.parse(stdout) as [string, number][];
  const own = threads.find(([name]) => name !== 'V8Worker')![1];
  assert.ok(threads.some(([name]) => name === 'V8Worker'));
  for (const [name, nice] of threads) assert.equal(nice, name === 'V8Worker' ? 19 : own, name);
});
