import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ThinferError } from '../errors.ts';
import { pinnedCommand } from '../machine/index.ts';

const program = fileURLToPath(new URL('../../bin/thinfer.js', import.meta.url));
/** A profile that was interrupted keeps what it has, and ends its instances; that takes no longer. */
const patienceMs = 5000;
const lastWordsLength = 2000;

/**
 * Runs `thinfer profile` in a process of its own; `signal` interrupts it, as Ctrl-C does. The kernel ends it with this process, whatever
 * happens (call it from the main thread, therefore). Resolves when it has ended well, and rejects with its last words otherwise.
 *
 * @param words After `thinfer profile`.
 */
export async function runProfileChild(words: readonly string[], signal: AbortSignal): Promise<void> {
  const [file, ...args] = pinnedCommand({
    cpus: null,
    command: [process.execPath, program, 'profile', ...words],
  });
  // A session of its own: a Ctrl-C in the terminal is for the server, which passes it on.
  const child = spawn(file!, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let said = '';
  child.stderr.on(
    'data',
    (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-lastWordsLength)),
  );
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGINT');
    kill = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (status !== 0)
      throw new ThinferError('engine-failed', `thinfer profile ended with ${status}: ${said.trim()}`);
  } finally {
    clearTimeout(kill);
    signal.removeEventListener('abort', stop);
  }
}
