import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../errors.ts';
import { hugePagesForMalloc, withoutHugePages } from '../machine/huge-pages.ts';
import { pinnedCommand } from '../machine/pin.ts';
import { type IdleMeans, lowerGroup } from '../machine/priority.ts';
import type { Allocator, HugePages } from '../machine/types.ts';
import type { Arena } from './arena.ts';

/** The child beside this file, as source or as built. */
const childFile = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));

/** Last words are kept up to so many bytes. */
const lastWordsBytes = 8192;

/**
 * glibc raises its threshold for giving memory back as soon as something large is freed, and keeps what loading a model
 * needed for a moment: 100 MB for ResNet-50. A fixed threshold (1 MiB) keeps to the kernel for large blocks.
 */
const leanMemory = { MALLOC_MMAP_THRESHOLD_: '1048576' };

/** How a process is started. */
export interface SpawnOptions {
  /** CPUs it is pinned to from birth; null: wherever this process may run. */
  readonly cpus: readonly number[] | null;
  readonly arena: Arena;
  /** Leave the allocator as it comes. */
  readonly untuned: boolean;
  /** Preloaded instead of the C library's. Default: the C library's. */
  readonly allocator?: Allocator | undefined;
  /** Default: as the system's mode is. */
  readonly hugePages?: HugePages | undefined;
  /** Means to keep it to the time that others leave; null: it gets its share. */
  readonly idle: IdleMeans | null;
  /** Another program that speaks the protocol; default: thinfer's own child on this Node. */
  readonly command?: readonly string[] | undefined;
}

/** A started child process. */
export interface Spawned {
  readonly process: ChildProcess;
  readonly control: Socket;
  /** The end of what the process wrote to its standard output and error. */
  readonly lastWords: () => string;
}

/** Children that live; ended with the process that started them. */
const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) killWithChildren(child);
});

/**
 * Starts an instance's process in a session of its own, so that a Ctrl-C in the terminal reaches only the parent; the
 * kernel kills it when the parent dies.
 */
export function spawnInstance(options: SpawnOptions): Spawned {
  const { cpus, arena, idle, command, hugePages } = options;
  const program = command ?? [process.execPath, childFile];
  const [file, ...args] = pinnedCommand({ cpus, command: program, idle: idle?.policy ?? false });
  invariant(file !== undefined, 'A command has a first word.');
  const start = (): ChildProcess =>
    spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', arena.fd],
      detached: true,
      env: environmentOf(options),
    });
  const child = hugePages === 'off' ? withoutHugePages(start) : start();
  living.add(child);
  // Its session, and with it its group, is made before `spawn` returns.
  if (idle?.group === true && child.pid !== undefined) lowerGroup(child.pid);
  child.once('exit', () => {
    living.delete(child);
    // What it left behind would hold its standard output and error open.
    killWithChildren(child);
  });
  let words = '';
  const keep = (chunk: Buffer): void => {
    words = (words + chunk.toString('utf8')).slice(-lastWordsBytes);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return { process: child, control: child.stdio[3] as Socket, lastWords: () => words.trim() };
}

function environmentOf({ untuned, allocator, hugePages }: SpawnOptions): NodeJS.ProcessEnv {
  const preloaded = allocator?.path ?? null;
  const before = process.env['LD_PRELOAD'];
  return {
    ...(untuned ? {} : leanMemory),
    ...process.env,
    ...(preloaded === null ? {} : { LD_PRELOAD: before ? `${preloaded}:${before}` : preloaded }),
    ...(hugePages === 'malloc' ? hugePagesForMalloc(process.env) : {}),
  };
}

/** Ends a process with all that it started: it leads a group of its own. */
export function killWithChildren({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // None of them is left.
  }
}
