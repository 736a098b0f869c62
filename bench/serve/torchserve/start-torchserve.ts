import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { Model, ResolvedTensor } from '../../../src/model/index.ts';
import { type BenchServer, sleep } from '../servers.ts';
import { processTree } from './process-tree.ts';

/** How a TorchServe serves a model: a worker for each list of CPUs, of as many threads. */
export interface TorchServeSetup {
  /** Of its own; made where it is missing. */
  readonly folder: string;
  readonly model: Model;
  /** Of one item. */
  readonly inputs: readonly ResolvedTensor[];
  readonly cpus: readonly (readonly number[])[];
  readonly batch: number;
  /** How long a worker waits for more requests after the first of a batch. */
  readonly maxBatchDelayMs: number;
  readonly handler: 'onnx' | 'eager';
  /** Models may be registered and unregistered; off in TorchServe unless asked for. */
  readonly modelApi?: boolean;
}

/** One that is up. */
export interface TorchServe extends BenchServer {
  /** HOST:PORT. */
  readonly management: string;
}

const readyMs = 180_000;
/** Java lets its workers end by themselves for so long. */
const stopMs = 20_000;

/** The folder of the peer's programs and what it runs, or an error that says why there is none here. */
export function torchServePeer(): {
  readonly bin: string;
  readonly versions: Readonly<Record<string, string>>;
} {
  const program =
    'import json,sys,ts,torch,onnxruntime; print(json.dumps([sys.prefix, ts.__version__, torch.__version__, onnxruntime.__version__]))';
  const script =
    process.env['THINFER_TORCH'] ?? resolve(import.meta.dirname, '../../../scripts/peers/torch.sh');
  const { status, stdout, stderr } = spawnSync(script, ['-c', program], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${stdout}${stderr}`.trim());
  const [prefix, torchserve, torch, onnxruntime] = JSON.parse(stdout.trim().split('\n').at(-1)!) as string[];
  return {
    bin: join(prefix!, 'bin'),
    versions: { torchserve: torchserve!, torch: torch!, 'onnxruntime (Python)': onnxruntime! },
  };
}

/** Starts one on loopback, without tokens, and waits until all workers have loaded the model. */
export async function startTorchServe(bin: string, setup: TorchServeSetup): Promise<TorchServe> {
  const { folder, model } = setup;
  for (const name of ['store', 'places', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
  writeArchive(bin, setup);
  const [inference, management, ...more] = await freePorts(5);
  writeFileSync(
    join(folder, 'config.properties'),
    properties([inference!, management!, ...more], setup.modelApi ?? false),
  );
  const log = openSync(join(folder, 'torchserve.log'), 'a');
  const child = spawn(
    join(bin, 'torchserve'),
    [
      ...['--start', '--foreground', '--ncs', '--disable-token-auth', '--model-store', join(folder, 'store')],
      ...['--models', `${model.name}=${model.name}.mar`, '--ts-config', join(folder, 'config.properties')],
    ],
    // Its pid file, its sockets and its unpacked archives go by these; two servers must not share them.
    { cwd: folder, stdio: ['ignore', log, log], env: environment(folder, bin) },
  );
  const stop = (): Promise<void> => stopTree(child);
  try {
    await ready(child, `http://127.0.0.1:${management}/models/${model.name}`, setup);
  } catch (error) {
    await stop();
    throw new Error(
      `${(error as Error).message}\n${readFileSync(join(folder, 'torchserve.log'), 'utf8').slice(-3000)}`,
    );
  }
  const [http, managed] = [`127.0.0.1:${inference}`, `127.0.0.1:${management}`];
  return { name: 'TorchServe', http, management: managed, grpc: '', pid: child.pid!, stop };
}

function environment(folder: string, bin: string): NodeJS.ProcessEnv {
  const tmp = join(folder, 'tmp');
  return {
    ...process.env,
    PATH: `${bin}:${process.env['PATH']}`,
    TMPDIR: tmp,
    TEMP: tmp,
    LOG_LOCATION: folder,
    METRICS_LOCATION: folder,
  };
}

/** The handler and its settings. The ONNX file stays where it is: both servers map the same pages. */
function writeArchive(
  bin: string,
  { folder, model, inputs, cpus, batch, maxBatchDelayMs, handler }: TorchServeSetup,
): void {
  const workers = cpus.length;
  const settings = {
    ...{ minWorkers: workers, maxWorkers: workers, batchSize: batch, maxBatchDelay: maxBatchDelayMs },
    responseTimeout: 120,
    bench: {
      ...{ file: model.file, cpus, places: join(folder, 'places') },
      inputs: inputs.map(({ name, type, shape }) => ({ name, type, shape: shape.slice(1) })),
    },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'model-config.yaml'), JSON.stringify(settings, null, 2));
  const { status, stderr } = spawnSync(
    join(bin, 'torch-model-archiver'),
    [
      ...['--model-name', model.name, '--version', '1.0', '--export-path', join(folder, 'store'), '--force'],
      ...['--handler', join(import.meta.dirname, `${handler}_handler.py`)],
      ...[
        '--extra-files',
        join(import.meta.dirname, 'place.py'),
        '--config-file',
        join(folder, 'model-config.yaml'),
      ],
    ],
    { encoding: 'utf8', env: environment(folder, bin) },
  );
  if (status !== 0) throw new Error(`torch-model-archiver: ${stderr}`);
}

function properties(
  [inference, management, metrics, grpc, grpcManagement]: readonly number[],
  modelApi: boolean,
): string {
  return [
    ...(modelApi ? ['enable_model_api=true'] : []),
    `inference_address=http://127.0.0.1:${inference}`,
    `management_address=http://127.0.0.1:${management}`,
    `metrics_address=http://127.0.0.1:${metrics}`,
    `grpc_inference_address=127.0.0.1`,
    `grpc_management_address=127.0.0.1`,
    `grpc_inference_port=${grpc}`,
    `grpc_management_port=${grpcManagement}`,
    'disable_token_authorization=true',
    // Else a Python process reads the machine's load once a minute, in the middle of a measurement.
    'disable_system_metrics=true',
    'install_py_dep_per_model=false',
    'job_queue_size=1000',
    '',
  ].join('\n');
}

/** What its management says of a model. */
interface Described {
  readonly batchSize: number;
  readonly maxBatchDelay: number;
  readonly workers: readonly { readonly status: string }[];
}

async function ready(
  child: ChildProcess,
  url: string,
  { cpus, batch, maxBatchDelayMs }: TorchServeSetup,
): Promise<void> {
  const until = performance.now() + readyMs;
  for (;;) {
    const [model] = await fetch(url).then(
      async (answer) => (answer.ok ? ((await answer.json()) as Described[]) : []),
      () => [],
    );
    if (model?.workers.filter(({ status }) => status === 'READY').length === cpus.length) {
      // It takes its default where it dislikes a value: 100 ms for a delay of 0.
      if (model.batchSize === batch && model.maxBatchDelay === maxBatchDelayMs) return;
      throw new Error(`TorchServe has batch_size ${model.batchSize}, max_batch_delay ${model.maxBatchDelay}`);
    }
    if (performance.now() > until || child.exitCode !== null) throw new Error('TorchServe did not get ready');
    await sleep(500);
  }
}

/** TorchServe's launcher leaves Java behind when it is asked to end, and Java its workers when it is killed: each by its id. */
async function stopTree(child: ChildProcess): Promise<void> {
  const tree = processTree(child.pid!);
  const [launcher, ...rest] = tree;
  signal(rest[0] ?? launcher!, 'SIGTERM');
  const until = performance.now() + stopMs;
  while (tree.some(isAlive) && performance.now() < until) await sleep(100);
  for (const pid of tree.filter(isAlive)) signal(pid, 'SIGKILL');
  while (tree.some(isAlive)) await sleep(50);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {} // It has ended by itself.
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** All are held open together, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolveIt) =>
          server.listen(0, '127.0.0.1', () =>
            resolveIt((server.address() as { readonly port: number }).port),
          ),
        ),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolveIt) => server.close(resolveIt))));
  return ports;
}
