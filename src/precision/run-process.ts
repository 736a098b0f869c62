import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ThinferError } from '../errors.ts';
import { killWithChildren } from '../instance/spawn.ts';
import { pinnedCommand } from '../machine/pin.ts';

/** How a program ended. */
export interface ProcessEnd {
  /** Null: a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to standard error. */
  readonly lastWords: string;
}

/** A program to run. */
export interface ProcessOptions {
  readonly command: readonly string[];
  /** Its working directory. Default: that of this process. */
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Its standard input. Default: nothing. */
  readonly input?: string;
  /** Hears each line of its standard output. */
  readonly onLine?: (line: string) => void;
  /** Ends it, and all that it started. Default: nothing does. */
  readonly signal?: AbortSignal | undefined;
}

const lastWordsBytes = 8192;

/**
 * Runs a program to its end, in a group of its own that dies with this process. Throws `interrupted` where the signal ended it,
 * `not-found` where there is no such program.
 */
export async function runProcess({
  command,
  cwd,
  env,
  input = '',
  onLine,
  signal,
}: ProcessOptions): Promise<ProcessEnd> {
  throwIfInterrupted(signal);
  const [file, ...args] = pinnedCommand({ cpus: null, command });
  const child = spawn(file!, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd,
    env: { ...process.env, ...env },
  });
  const kill = (): void => killWithChildren(child);
  process.once('exit', kill);
  signal?.addEventListener('abort', kill, { once: true });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-lastWordsBytes);
  });
  const lines = createInterface({ input: child.stdout });
  if (onLine !== undefined) lines.on('line', onLine);
  // A program that ends early does not read what it was sent.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    const [status, ended] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, by) => resolve([code, by]));
    });
    throwIfInterrupted(signal);
    return { status, signal: ended, lastWords: words.trim() };
  } finally {
    kill();
    process.off('exit', kill);
    signal?.removeEventListener('abort', kill);
  }
}

function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new ThinferError('interrupted', 'nothing of what was being made is kept; all that was finished is');
}
