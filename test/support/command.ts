import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Scratch } from './process-test.ts';

const root = resolve(import.meta.dirname, '../..');
const cache = process.env['THINFER_TEST_CACHE'] ?? join(root, 'node_modules/.cache/thinfer-tests');

/** Folder of zoo models, shared by all test files and kept between runs. */
export const modelCache = join(cache, 'models');

/** How a command ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Running {
  readonly pid: number;
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** The environment of a command: nothing of it is left in the user's folders. */
export function environmentOf({ temporary }: Scratch): NodeJS.ProcessEnv {
  return {
    ...process.env,
    THINFER_CACHE: modelCache,
    NODE_COMPILE_CACHE: join(cache, 'code'),
    TMPDIR: temporary,
    HOME: temporary,
  };
}

/** Starts the real command line in the scratch folder. @param wrap Words before it, such as those of a shell. */
export function startThinfer(
  scratch: Scratch,
  words: readonly string[],
  wrap: readonly string[] = [],
): Running {
  const [file, ...args] = [...wrap, process.execPath, join(root, 'bin/thinfer.js'), ...words];
  return startProgram(file!, args, { cwd: scratch.folder, env: environmentOf(scratch) });
}

/** Starts any program, and keeps what it says. */
export function startProgram(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Running {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString('utf8')));
  const ended = new Promise<Ended>((settle, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => settle({ status, signal, ...text }));
  });
  return { pid: child.pid ?? -1, process: child, ended };
}

/** Runs the real command line to its end. */
export function thinfer(scratch: Scratch, words: readonly string[]): Promise<Ended> {
  return startThinfer(scratch, words).ended;
}
