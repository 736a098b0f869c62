import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Programs that thinfer did not write: see `scripts/peers/README.md`. */
export type PeerName = 'tritonclient' | 'perf-analyzer' | 'triton' | 'python' | 'schemathesis' | 'loadgen';

/** A program to run, or why there is none here. */
export type Peer =
  | { readonly command: string; readonly skip: false }
  | { readonly command: null; readonly skip: string };

/** Bounds an installation, so that a test file's time is enough for it and its tests. */
const installSeconds = 150;
/** The status of the scripts where a peer can't be had. */
const notHere = 75;

/**
 * Installs a peer where it is missing and can be had. Throws where its script fails in a way of its own, so that no test is
 * skipped for a mistake of ours.
 */
export function usePeer(name: PeerName): Peer {
  const command = resolve(import.meta.dirname, `../../scripts/peers/${name}.sh`);
  const { status, stdout, stderr } = spawnSync(command, ['--install'], {
    encoding: 'utf8',
    env: { ...process.env, THINFER_PEERS_LIMIT_S: String(installSeconds) },
  });
  if (status === 0) return { command, skip: false };
  if (status === notHere) return { command: null, skip: stdout.trim() };
  throw new Error(`${command} ended with ${status}: ${stderr}`);
}
