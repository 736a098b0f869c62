import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Running, startThinfer } from '../support/command.ts';
import { type Scratch, until } from '../support/process-test.ts';
import { peerModels, writePeerModel } from './models.ts';

/** A `thinfer serve` that is ready. Addresses are HOST:PORT. */
export interface PeerServer {
  readonly http: string;
  readonly grpc: string;
  readonly management: string;
  readonly token: string;
  readonly models: readonly string[];
  /** Interrupts it, and waits for its end, which has to be a clean one. */
  stop(): Promise<void>;
}

/** What the server prints when it is ready. */
interface Ready {
  readonly event: string;
  readonly http: string;
  readonly grpc: string;
  readonly management: string;
  readonly tokenFile: string;
}

/** The most items of a batch, as in Triton's repository. */
const largestBatch = 8;

/** Serves models of `models.json` with the null engine; all of them, or those named. */
export async function servePeerModels(
  scratch: Scratch,
  { only, sharedMemory }: { readonly only?: readonly string[]; readonly sharedMemory: boolean },
): Promise<PeerServer> {
  const models = (await peerModels()).filter(({ name }) => only === undefined || only.includes(name));
  const entries = [];
  for (const model of models)
    entries.push({
      model: await writePeerModel(model, join(scratch.folder, 'models')),
      name: model.name,
      engine: model.delayMs === undefined ? 'null' : `null:delay=${model.delayMs}`,
      // What instances are warmed up with; requests have it as they like.
      dim: model.inputs.some(({ shape }) => shape.includes('n')) ? { n: 6 } : {},
      config: `1x1x${model.inputs[0]!.shape[0] === 'batch' ? largestBatch : 1}`,
    });
  const file = join(scratch.folder, 'serve.yaml');
  const any = { port: 0 };
  await writeFile(
    file,
    stringify({ http: any, grpc: any, management: any, 'shared-memory': sharedMemory, models: entries }),
  );
  const running = startThinfer(scratch, ['serve', '--config-file', file, '--json']);
  const ready = await readyLine(running);
  return {
    http: new URL(ready.http).host,
    grpc: ready.grpc,
    management: new URL(ready.management).host,
    token: (await readFile(join(scratch.folder, ready.tokenFile), 'utf8')).trim(),
    models: models.map(({ name }) => name),
    stop: () => stop(running),
  };
}

async function readyLine(running: Running): Promise<Ready> {
  let said = '';
  let ended = false;
  running.process.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  void running.ended.then(() => (ended = true));
  await until('the server to be ready', () => said.includes('\n') || ended);
  if (ended) throw new Error(`thinfer serve ended: ${(await running.ended).stderr}`);
  return JSON.parse(said) as Ready;
}

async function stop(running: Running): Promise<void> {
  running.process.kill('SIGINT');
  const { status, stderr } = await running.ended;
  if (status !== 0) throw new Error(`thinfer serve ended with ${status}: ${stderr}`);
}
