import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, startThinfer } from './command.ts';
import { type Scratch, until } from './process-test.ts';

/** A server under test. */
export interface Serving {
  readonly http: string;
  readonly grpc: string;
  readonly management: string;
  /** The token of management. */
  readonly token: string;
  /** The whole ready line. */
  readonly ready: Record<string, unknown>;
  readonly pid: number;
  /** What it has written to standard error. */
  readonly log: () => string;
  /** Asks it to end, by SIGTERM. */
  readonly stop: () => Promise<Ended>;
  readonly ended: Promise<Ended>;
}

/** Starts `thinfer serve` on free ports and waits until it is ready; fails with its words where it ends before. */
export async function startServe(scratch: Scratch, words: readonly string[]): Promise<Serving> {
  const ports = ['--http-port', '0', '--grpc-port', '0', '--management-port', '0'];
  const running = startThinfer(scratch, ['serve', ...words, ...ports, '--json', '--quiet']);
  let ended: Ended | undefined;
  void running.ended.then((end) => (ended = end));
  let stdout = '';
  let stderr = '';
  running.process.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  running.process.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  await until('the ready line', () => stdout.includes('\n') || ended !== undefined);
  if (ended !== undefined) throw new Error(`thinfer serve ended with ${ended.status}: ${ended.stderr}`);
  const ready = JSON.parse(stdout.split('\n')[0]!) as Record<string, string>;
  return {
    http: ready['http']!,
    grpc: ready['grpc']!,
    management: ready['management']!,
    token: readFileSync(join(scratch.folder, ready['tokenFile']!), 'utf8').trim(),
    ready,
    pid: running.pid,
    log: () => stderr,
    stop: () => {
      running.process.kill('SIGTERM');
      return running.ended;
    },
    ended: running.ended,
  };
}
