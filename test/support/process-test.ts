import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

/** Every process that a test starts, and every one that those start, carries this in its environment. */
const markName = 'THINFER_TEST_MARK';
const mark = `${markName}=${randomUUID()}`;
process.env[markName] = mark.slice(markName.length + 1);

/** A test's own folders; gone when it ends. */
export interface Scratch {
  /** An empty folder: the working directory of commands. */
  readonly folder: string;
  /** `TMPDIR` of commands; whoever leaves something in it fails the test. */
  readonly temporary: string;
}

/**
 * A test that starts processes. When its body has ended, by success or failure, none of them may live, and nothing new
 * may lie in the temporary folder or, held by nobody, in `/dev/shm`.
 */
export function processTest(
  name: string,
  body: (scratch: Scratch, context: TestContext) => Promise<void>,
): void {
  test(name, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'thinfer-test-'));
    const scratch = { folder: join(folder, 'work'), temporary: join(folder, 'tmp') };
    for (const path of Object.values(scratch)) mkdirSync(path);
    const sharedBefore = sharedMemoryFiles();
    try {
      await body(scratch, context);
      assert.deepEqual(await lingeringProcesses(), [], 'processes are left');
      assert.deepEqual(readdirSync(scratch.temporary), [], 'files are left in the temporary folder');
      assert.deepEqual(leftInSharedMemory(sharedBefore), [], 'files are left in /dev/shm');
    } finally {
      for (const pid of markedPids()) endProcess(pid);
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Living processes that come from this test file, without its own. */
export function markedPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => tryRead(`/proc/${pid}/environ`).split('\0').includes(mark))
    .map(Number);
}

/** Those of `markedPids` that are instances: pinned or not, named by themselves. */
export function instancePids(): number[] {
  return markedPids().filter((pid) => tryRead(`/proc/${pid}/comm`).startsWith('thinfer-instanc'));
}

/** Waits until `found` gives something; fails after a generous time. */
export async function until<T>(
  what: string,
  found: () => T | false | null | undefined | Promise<T | false | null | undefined>,
  ms = 60_000,
): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    const value = await found();
    if (value !== false && value !== null && value !== undefined) return value;
    await sleep(5);
  }
  throw new Error(`waited ${ms} ms in vain for ${what}`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Whether a process lives; one that only waits to be reaped does not. */
export function lives(pid: number): boolean {
  const stat = tryRead(`/proc/${pid}/stat`);
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}

/** What still lives after a time that any end of a process fits into. */
async function lingeringProcesses(): Promise<string[]> {
  const living = (): string[] =>
    markedPids()
      .filter(lives)
      .map((pid) => `${pid} ${tryRead(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
  for (let round = 0; round < 500 && living().length > 0; round++) await sleep(20);
  return living();
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

function sharedMemoryFiles(): string[] {
  try {
    return readdirSync('/dev/shm');
  } catch {
    return [];
  }
}

/** New files that no process holds: those of other programs that run beside the tests are in use. */
function leftInSharedMemory(before: readonly string[]): string[] {
  const fresh = sharedMemoryFiles().filter((name) => !before.includes(name));
  if (fresh.length === 0) return [];
  const held = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `${tryRead(`/proc/${pid}/maps`)}\n${openFiles(pid).join('\n')}`)
    .join('\n');
  return fresh.filter((name) => !held.includes(`/dev/shm/${name}`) && sharedMemoryFiles().includes(name));
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
