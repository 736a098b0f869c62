import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../errors.ts';
import { pinnedCommand } from '../machine/pin.ts';
import type { Arena } from './arena.ts';

/** The child beside this file, as source or as built. */
const childFile = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));

/** Last words are kept up to so many bytes. */
const lastWordsBytes = 8192;

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
  for (const child of living) child.kill('SIGKILL');
});

/**
 * Starts an instance's process: pinned to `cpus` from birth (null: wherever this process may run), in a session of its
 * own so that a Ctrl-C in the terminal reaches only the parent, killed by the kernel when the parent dies.
 *
 * @param command Another program that speaks the protocol; default: thinfer's own child on this Node.
 */
export function spawnInstance(
  cpus: readonly number[] | null,
  arena: Arena,
  command?: readonly string[],
): Spawned {
  const [file, ...args] = pinnedCommand({ cpus, command: [...(command ?? [process.execPath, childFile])] });
  invariant(file !== undefined, 'A command has a first word.');
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe', arena.fd], detached: true });
  living.add(child);
  child.once('exit', () => living.delete(child));
  let words = '';
  const keep = (chunk: Buffer): void => {
    words = (words + chunk.toString('utf8')).slice(-lastWordsBytes);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return { process: child, control: child.stdio[3] as Socket, lastWords: () => words.trim() };
}
