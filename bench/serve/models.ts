/**
 * A real model at saturation and at light load: thinfer's server, a real Triton with the same pinned instances, and the bare
 * instances run in a loop without any server, all up at once and loaded in turn.
 * `node bench/serve/models.ts --model resnet50 --config 2x1x4 [--rounds 6] [--seconds 8] [--concurrency 12] [--dim sequence=128]`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ThinferError } from '../../src/errors.ts';
import { closeAll, Instance } from '../../src/instance/index.ts';
import { placeInstances, readMachine } from '../../src/machine/index.ts';
import { defaultCacheDir, fillInput, type Model, openModel, resolveInputs } from '../../src/model/index.ts';
import { type Group, parseGroups } from '../../src/plan/index.ts';
import { GeneratedInputs } from '../../src/profile/index.ts';
import { median, pairedRatio, quantile, sortSamples } from '../../src/stats/index.ts';
import { saveResult } from '../support.ts';
import { type BenchServer, perfAnalyzer, sleep, startThinferServe, startTriton } from './servers.ts';
import { writeTritonRepository } from './triton-repository.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet50' },
    config: { type: 'string', default: '2x1x4' },
    rounds: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '8' },
    concurrency: { type: 'string', default: '12' },
    light: { type: 'string', default: '150' },
    dim: { type: 'string', multiple: true, default: [] },
  },
});
const groups = parseGroups(values.config);
if (groups === null) throw new ThinferError('usage', `--config ${values.config}`);
const seconds = Number(values.seconds);
const dims = Object.fromEntries(values.dim.map((text) => [text.split('=')[0]!, Number(text.split('=')[1])]));
const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));

const perInstance = (all: readonly Group[]) =>
  all.flatMap(({ instances, threads, batch }) =>
    Array.from({ length: instances }, () => ({ threads, batch })),
  );

/** The same instances, with nothing around them. */
async function startBare(model: Model, cpus: readonly number[][]): Promise<Instance[]> {
  return Promise.all(
    perInstance(groups!).map(({ threads }, index) =>
      Instance.start({
        cpus: cpus[index]!,
        settings: {
          ...{
            engine: 'onnxruntime',
            modelFile: model.file,
            threads,
            optimization: 'all',
            spinAfterRun: false,
          },
          signature: { inputs: model.inputs, outputs: model.outputs },
        },
      }),
    ),
  );
}

/** Items a second, all instances at once, each with full batches. */
async function loopBare(instances: readonly Instance[], inputs: GeneratedInputs): Promise<number> {
  const batches = perInstance(groups!).map(({ batch }) => batch);
  await Promise.all(instances.map((one, index) => inputs.bind(one, { batch: batches[index]!, dims })));
  await Promise.all(instances.map((one) => one.run({ hangMs: 60_000 })));
  const began = performance.now();
  const untilNs = process.hrtime.bigint() + BigInt(seconds) * 1_000_000_000n;
  const items = await Promise.all(
    instances.map(async (one, index) => {
      const { endNs } = await one.run({ count: 1_000_000, untilNs, hangMs: 60_000 + 1000 * seconds });
      return endNs.length * batches[index]!;
    }),
  );
  return (items.reduce((sum, count) => sum + count, 0) / (performance.now() - began)) * 1000;
}

function saturate(server: BenchServer, model: Model): number {
  const shapes = resolveInputs(model, { batch: 1, dims }).flatMap(({ name, shape }) => [
    '--shape',
    `${name}:${shape.slice(1).join(',')}`,
  ]);
  return perfAnalyzer(server, {
    ...{ model: model.name, protocol: 'http' as const, concurrency: Number(values.concurrency) },
    ...{ windowMs: Math.round((seconds * 1000) / 3), file: join(folder, 'perf.csv') },
    more: [...shapes, '--input-data', 'zero'],
  }).perSecond;
}

const agent = new Agent({ keepAlive: true });

/** On a connection that stays open; done when the whole answer has come. */
function post(url: string, headerBytes: number, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'Inference-Header-Content-Length': headerBytes, 'Content-Length': body.length };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Single requests with pauses, each beside a run of the bare instance; both in ms. */
async function light(
  server: BenchServer,
  bare: Instance,
  model: Model,
  inputs: GeneratedInputs,
): Promise<{ readonly served: number[]; readonly bare: number[] }> {
  await inputs.bind(bare, { batch: 1, dims });
  const tensors = resolveInputs(model, { batch: 1, dims }).map((tensor) => {
    const data = new Uint8Array(tensor.bytes);
    fillInput(model, tensor, data, 1);
    return { tensor, data };
  });
  const type = { float32: 'FP32', int64: 'INT64', int32: 'INT32' } as Readonly<Record<string, string>>;
  const header = Buffer.from(
    JSON.stringify({
      inputs: tensors.map(({ tensor: { name, type: of, shape }, data }) => ({
        ...{ name, shape, datatype: type[of] },
        parameters: { binary_data_size: data.length },
      })),
      parameters: { binary_data_output: true },
    }),
  );
  const body = Buffer.concat([header, ...tensors.map(({ data }) => data)]);
  const times = { served: [] as number[], bare: [] as number[] };
  for (let turn = 0; turn < Number(values.light); turn++) {
    await sleep(10);
    const began = performance.now();
    const status = await post(`http://${server.http}/v2/models/${model.name}/infer`, header.length, body);
    times.served.push(performance.now() - began);
    if (status !== 200) throw new Error(`${status}`);
    await sleep(10);
    const { beginNs, endNs } = await bare.run({ hangMs: 60_000 });
    times.bare.push(Number(endNs[0]! - beginNs[0]!) / 1e6);
  }
  return times;
}

const model = await openModel({
  model: values.model,
  cacheDir: process.env['THINFER_CACHE'] ?? defaultCacheDir(),
});
const machine = readMachine();
const cpus = placeInstances({ machine, threads: perInstance(groups).map(({ threads }) => threads) });
const largestBatch = Math.max(...groups.map(({ batch }) => batch));
const inputs = new GeneratedInputs(model);
const servers: BenchServer[] = [];
let bare: Instance[] = [];
const rates = { bare: [] as number[], thinfer: [] as number[], triton: [] as number[] };
let times: { readonly served: number[]; readonly bare: number[] } = { served: [], bare: [] };
try {
  bare = await startBare(model, cpus);
  const words = [values.model, '--config', values.config, ...values.dim.flatMap((text) => ['--dim', text])];
  servers.push(await startThinferServe(folder, words));
  const repository = writeTritonRepository(folder, { model, cpus, largestBatch });
  servers.push(await startTriton(repository, 20_000 + (process.pid % 20_000)));
  const [ours, triton] = servers as [BenchServer, BenchServer];
  const sides = [
    ['bare', () => loopBare(bare, inputs)],
    ['thinfer', async () => saturate(ours, model)],
    ['triton', async () => saturate(triton, model)],
  ] as const;
  for (let round = 0; round < Number(values.rounds); round++)
    for (let turn = 0; turn < sides.length; turn++) {
      const [name, run] = sides[(turn + round) % sides.length]!;
      rates[name].push(await run());
      console.log(`round ${round + 1} ${name}: ${rates[name].at(-1)!.toFixed(2)} items/s`);
    }
  times = await light(ours, bare[0]!, model, inputs);
} finally {
  await closeAll(bare);
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

const show = ({ ratio, interval }: ReturnType<typeof pairedRatio>): string =>
  `${ratio.toFixed(3)} [${interval.map((end) => end.toFixed(3)).join(', ')}]`;
const overBare = pairedRatio(rates.thinfer, rates.bare);
const overTriton = pairedRatio(rates.thinfer, rates.triton);
const [served, alone] = [sortSamples(times.served), sortSamples(times.bare)];
const lightMs = {
  p50: { served: median(served), bare: median(alone) },
  p99: { served: quantile(served, 0.99), bare: quantile(alone, 0.99) },
};
console.log(
  `${values.model} ${values.config} at saturation, items/s: thinfer over bare ${show(overBare)}, over Triton ${show(overTriton)}`,
);
console.log(
  `at light load thinfer takes ${(lightMs.p50.served - lightMs.p50.bare).toFixed(2)} ms more than the bare engine in the median, ${(lightMs.p99.served - lightMs.p99.bare).toFixed(2)} ms at p99`,
);
saveResult(`serve-${values.model}`, { ...values, rates, overBare, overTriton, lightMs, times });
