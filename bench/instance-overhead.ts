/**
 * What the instance layer costs: ResNet-50 through an instance against the same session called in this process, on the
 * same CPU; and a null-engine round trip against a bare ping-pong over the same kind of descriptor. Pins itself to the
 * first CPU; instances run there too, or on the second CPU for the round trips (`--apart`).
 */
import { execFileSync, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { resolve } from 'node:path';
import { loadEngine, tensorBytes } from '../src/engine/index.ts';
import { Instance } from '../src/instance/index.ts';
import { pinnedCommand, readMachine } from '../src/machine/index.ts';
import { defaultCacheDir, openModel, resolveInputs, resolveOutputs } from '../src/model/index.ts';
import { GeneratedInputs } from '../src/profile/index.ts';
import { compare, saveResult, timed } from './support.ts';

const [first = 0, second = first] = readMachine().usable;
execFileSync('taskset', ['-acp', String(first), String(process.pid)]);

const modelOverhead = await measureModel();
const roundTripSame = await measureRoundTrip(first);
const roundTripApart = await measureRoundTrip(second);
saveResult('instance-overhead', { modelOverhead, roundTripSame, roundTripApart });
const line = (name: string, { ratio, interval }: typeof modelOverhead): string =>
  `${name}: ratio ${ratio.toFixed(4)}, 95 % interval ${interval[0].toFixed(4)} to ${interval[1].toFixed(4)}`;
console.log(line('ResNet-50, instance over in-process', modelOverhead));
console.log(line('null engine over bare ping-pong, one CPU', roundTripSame));
console.log(line('null engine over bare ping-pong, two CPUs', roundTripApart));

async function measureModel() {
  const model = await openModel({ model: 'resnet50', cacheDir: defaultCacheDir() });
  const signature = { inputs: model.inputs, outputs: model.outputs };
  const settings = {
    engine: 'onnxruntime',
    modelFile: model.file,
    threads: 1,
    optimization: 'all',
    spinAfterRun: false,
    signature,
  } as const;
  const instance = await Instance.start({ settings, cpus: [first] });
  await new GeneratedInputs(model).bind(instance, { batch: 1 });
  const engine = await loadEngine(settings);
  const inputs = resolveInputs(model, { batch: 1 }).map((tensor) => ({
    ...tensor,
    data: instance.input(tensor.name).slice(),
  }));
  const outputs = resolveOutputs(model, { batch: 1 }).map(({ name, type, shape }) => {
    const known = shape ?? [];
    return { name, type, shape: known, data: new Uint8Array(tensorBytes(type, known)) };
  });
  const binding = engine.bind(inputs, outputs);
  const result = await compare(
    () => timed(() => instance.run({ hangMs: 60_000 })),
    () => timed(async () => binding.run()),
    { rounds: 60, runs: 5, warmups: 1 },
  );
  await instance.close();
  await engine.close();
  return result;
}

async function measureRoundTrip(cpu: number) {
  const spec = { type: 'float32', shape: ['batch', 4] } as const;
  const signature = { inputs: [{ name: 'input', ...spec }], outputs: [{ name: 'output', ...spec }] };
  const settings = {
    engine: 'null',
    modelFile: '',
    threads: 1,
    optimization: 'all',
    spinAfterRun: false,
    signature,
  } as const;
  const instance = await Instance.start({ settings, cpus: [cpu] });
  await instance.bind([{ name: 'input', type: 'float32', shape: [1, 4], bytes: 16 }], null);
  const [file = '', ...args] = pinnedCommand({
    cpus: [cpu],
    command: [process.execPath, resolve(import.meta.dirname, 'echo-child.ts')],
  });
  const echo = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const socket = echo.stdio[3] as Socket;
  const ping = Buffer.alloc(40);
  const pingPong = (): Promise<void> =>
    new Promise((done) => {
      socket.once('data', () => done());
      socket.write(ping);
    });
  const result = await compare(
    () => timed(() => instance.run({ hangMs: 60_000 })),
    () => timed(pingPong),
    { rounds: 60, runs: 300, warmups: 50 },
  );
  await instance.close();
  socket.end();
  return result;
}
