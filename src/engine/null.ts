import { availableParallelism } from 'node:os';
import { ThinferError } from '../errors.ts';
import { checkTensors } from './check-tensors.ts';
import type { Binding, Engine, EngineSettings, MemoryTensor, OutputShape, Signature } from './engine.ts';

/** What the null engine does before it answers. */
export interface NullWork {
  /** Milliseconds a run. */
  readonly delayMs: number;
  /** Milliseconds an item, divided by the threads. */
  readonly itemDelayMs: number;
  /** Floating-point operations an item, on one thread. */
  readonly flopsPerItem: number;
}

const knobs: Readonly<Record<string, keyof NullWork>> = {
  delay: 'delayMs',
  'item-delay': 'itemDelayMs',
  flops: 'flopsPerItem',
};

/** Reads `null:delay=2,item-delay=0.5,flops=1e6`. Throws `usage` on a knob or number that is none. */
export function parseNullWork(engine: string): NullWork {
  const work = { delayMs: 0, itemDelayMs: 0, flopsPerItem: 0 };
  const text = engine.slice('null'.length).replace(/^:/, '');
  for (const setting of text === '' ? [] : text.split(',')) {
    const [name = '', value = ''] = setting.split('=');
    const knob = knobs[name];
    const number = value.trim() === '' ? Number.NaN : Number(value);
    if (knob === undefined || !Number.isFinite(number) || number < 0)
      throw new ThinferError('usage', `engine "${engine}": "${setting}" is no setting of the null engine`, {
        remedy: `give ${Object.keys(knobs).join('=…, ')}=… with numbers from 0`,
      });
    work[knob] = number;
  }
  return work;
}

/** Loads the engine that computes nothing: it copies the first input's bytes to each output, repeated to fill it. */
export function loadNull(settings: EngineSettings): Engine {
  const work = parseNullWork(settings.engine);
  const threads = settings.threads ?? availableParallelism();
  return {
    name: 'null',
    version: '1',
    signature: settings.signature,
    bind: (inputs, outputs) => {
      checkTensors(settings.signature, inputs, outputs);
      return new NullBinding(inputs, outputs, work, threads);
    },
    probe: async (inputs) => {
      checkTensors(settings.signature, inputs);
      return outputShapes(settings.signature, inputs);
    },
    close: async () => {},
  };
}

class NullBinding implements Binding {
  private readonly inputs: readonly MemoryTensor[];
  private readonly outputs: readonly MemoryTensor[];
  private readonly sleepMs: number;
  private readonly flops: number;
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(4));

  constructor(
    inputs: readonly MemoryTensor[],
    outputs: readonly MemoryTensor[],
    work: NullWork,
    threads: number,
  ) {
    const batch = inputs[0]?.shape[0] ?? 1;
    this.inputs = inputs;
    this.outputs = outputs;
    this.sleepMs = work.delayMs + (work.itemDelayMs * batch) / threads;
    this.flops = work.flopsPerItem * batch;
  }

  run(): void {
    if (this.sleepMs > 0) Atomics.wait(this.sleeper, 0, 0, this.sleepMs);
    if (this.flops > 0) burn(this.flops);
    const source = this.inputs[0]?.data;
    if (source === undefined || source.length === 0) return;
    for (const { data } of this.outputs)
      for (let at = 0; at < data.length; at += source.length)
        data.set(source.subarray(0, Math.min(source.length, data.length - at)), at);
  }
}

/** Two FLOPs a step, each depending on the last, so that nothing can be left out. */
function burn(flops: number): number {
  let value = 1;
  for (let i = 0; i < flops / 2; i++) value = value * 1.0000001 + 1e-9;
  return value;
}

/** Free dimensions of outputs take the value they have in the inputs; others are 1. */
function outputShapes(signature: Signature, inputs: readonly MemoryTensor[]): OutputShape[] {
  const values = new Map<string, number>();
  for (const spec of signature.inputs) {
    const shape = inputs.find(({ name }) => name === spec.name)?.shape;
    spec.shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && shape !== undefined) values.set(dim, shape[axis] ?? 1);
    });
  }
  return signature.outputs.map(({ name, type, shape }) => ({
    name,
    type,
    shape: shape.map((dim) => (typeof dim === 'number' ? dim : (values.get(dim) ?? 1))),
  }));
}
