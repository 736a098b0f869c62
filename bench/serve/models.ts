/**
 * A real model at saturation and at light load: thinfer's server, a real Triton with the same pinned instances, and the bare
 * instances run in a loop without any server, all up at once and loaded in turn.
 * `node bench/serve/models.ts --model resnet50 --config 2x1x4 [--rounds 6] [--seconds 20] [--concurrency 24] [--light 150]
 * [--dim sequence=128]`. With `--engine null:delay=100`, a run that always takes the same time, and no Triton: what serving adds can be
 * told where the engine's own time goes up and down.
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
import { pairedRatio, quantile, seededRandom, sortSamples } from '../../src/stats/index.ts';
import { saveResult } from '../support.ts';
import {
  type BenchServer,
  type Saturated,
  saturated,
  sleep,
  startThinferServe,
  startTriton,
} from './servers.ts';
import { writeTritonRepository } from './triton-repository.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet50' },
    config: { type: 'string', default: '2x1x4' },
    rounds: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '20' },
    concurrency: { type: 'string', default: '24' },
    engine: { type: 'string', default: 'onnxruntime' },
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
            engine: values.engine,
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

function saturate(server: BenchServer, model: Model): Promise<Saturated> {
  const shapes = resolveInputs(model, { batch: 1, dims }).flatMap(({ name, shape }) => [
    '--shape',
    `${name}:${shape.slice(1).join(',')}`,
  ]);
  const concurrency = Number(values.concurrency);
  // Long enough for the first requests to go round, too.
  const windowMs = Math.round((seconds * 1000) / 2);
  const run = { model: model.name, protocol: 'http' as const, concurrency, windowMs };
  const more = [...shapes, '--input-data', 'zero'];
  return saturated(server, { ...run, file: join(folder, 'perf.csv'), more }, seconds);
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

/** Times of single requests with pauses, in ms, by whom they were sent to; `bare`: of the bare instance's runs, by its own clock. */
type LightTimes = Record<string, number[]> & { readonly bare: number[] };

/** Each server in turn, and a run of the bare instance. */
async function light(
  servers: readonly BenchServer[],
  bare: Instance,
  model: Model,
  inputs: GeneratedInputs,
): Promise<LightTimes> {
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
  const times: LightTimes = { bare: [], ...Object.fromEntries(servers.map(({ name }) => [name, []])) };
  for (let turn = 0; turn < Number(values.light); turn++) {
    for (const { name, http } of servers) {
      await sleep(10);
      const began = performance.now();
      const status = await post(`http://${http}/v2/models/${model.name}/infer`, header.length, body);
      times[name]!.push(performance.now() - began);
      if (status !== 200) throw new Error(`${status}`);
    }
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
const rates: Record<string, number[]> = { bare: [] };
/** CPU seconds a second of each server and of the generator that loads it, a pair a round. */
const cpu: Record<string, Omit<Saturated, 'perSecond'>[]> = {};
let times: LightTimes = { bare: [] };
try {
  bare = await startBare(model, cpus);
  const words = [values.model, '--config', values.config, '--engine', values.engine];
  servers.push(await startThinferServe(folder, [...words, ...values.dim.flatMap((text) => ['--dim', text])]));
  if (values.engine === 'onnxruntime') {
    const repository = writeTritonRepository(folder, { model, cpus, largestBatch });
    servers.push(await startTriton(repository, 20_000 + (process.pid % 20_000)));
  }
  const sides = [
    { name: 'bare', run: () => loopBare(bare, inputs) },
    ...servers.map((server) => ({
      name: server.name,
      run: async () => {
        const { perSecond, ...used } = await saturate(server, model);
        cpu[server.name] = [...(cpu[server.name] ?? []), used];
        return perSecond;
      },
    })),
  ];
  for (const { name } of servers) rates[name] = [];
  for (let round = 0; round < Number(values.rounds); round++)
    for (let turn = 0; turn < sides.length; turn++) {
      const { name, run } = sides[(turn + round) % sides.length]!;
      rates[name]!.push(await run());
      console.log(`round ${round + 1} ${name}: ${rates[name]!.at(-1)!.toFixed(2)} items/s`);
    }
  times = await light(servers, bare[0]!, model, inputs);
} finally {
  await closeAll(bare);
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** How much later an answer comes than the bare run ends, at a percentile, with the 95 % interval of resampled turns; in ms. */
function laterMs(served: readonly number[], alone: readonly number[], percentile: number) {
  const random = seededRandom(1);
  const at = (pick: () => number): number => {
    const turns = served.map(pick);
    const of = (all: readonly number[]) => quantile(sortSamples(turns.map((turn) => all[turn]!)), percentile);
    return of(served) - of(alone);
  };
  const resampled = sortSamples(
    Array.from({ length: 2000 }, () => at(() => Math.floor(random() * served.length))),
  );
  let turn = 0;
  return {
    ms: at(() => turn++),
    interval: [quantile(resampled, 0.025), quantile(resampled, 0.975)] as const,
  };
}

const ratios = Object.fromEntries(
  sidesOver(rates).map(([name, over]) => [name, pairedRatio(rates['thinfer']!, over)]),
);
const lightMs = Object.fromEntries(
  servers.map(({ name }) => [
    name,
    { p50: laterMs(times[name]!, times.bare, 0.5), p99: laterMs(times[name]!, times.bare, 0.99) },
  ]),
);
const what = `${values.model} ${values.config} ${values.engine}`;
const range = (interval: readonly number[], digits: number): string =>
  `[${interval.map((end) => end.toFixed(digits)).join(', ')}]`;
for (const [name, { ratio, interval }] of Object.entries(ratios))
  console.log(`${what}: items/s of thinfer over ${name} ${ratio.toFixed(3)} ${range(interval, 3)}`);
for (const [name, { p50, p99 }] of Object.entries(lightMs))
  console.log(
    `${what}: ${name} answers later than the bare run by ${p50.ms.toFixed(2)} ms ${range(p50.interval, 2)} in the median, ${p99.ms.toFixed(2)} ms ${range(p99.interval, 2)} at p99`,
  );
const suffix = values.engine === 'onnxruntime' ? '' : '-null';
saveResult(`serve-${values.model}${suffix}`, { ...values, rates, ratios, cpu, lightMs, times });

function sidesOver(all: Readonly<Record<string, readonly number[]>>) {
  return Object.entries(all).filter(([name]) => name !== 'thinfer');
}
