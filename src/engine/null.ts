import { availableParallelism } from 'node:os';
import { ThinferError } from '../errors.ts';
import { elementCount } from '../model/element-size.ts';
import { checkTensors } from './check-tensors.ts';
import {
  type Binding,
  type Engine,
  type EngineSettings,
  type MemoryTensor,
  type OutputMemory,
  type OutputShape,
  type Signature,
  tensorBytes,
} from './engine.ts';
import { dimsOf } from './output-shapes.ts';
import { readStrings, writeStrings } from './strings.ts';

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

/**
 * Loads the engine that computes nothing: it copies the first input's bytes to each output, repeated to fill it, item by
 * item where both have as many; from strings to strings by element; zeros and empty strings where only one of them has strings. No shape
 * depends on values: free dimensions of outputs take the value they have in the inputs, and others are 1.
 */
export function loadNull(settings: EngineSettings): Engine {
  const work = parseNullWork(settings.engine);
  const threads = settings.threads ?? availableParallelism();
  return {
    name: 'null',
    version: '1',
    signature: settings.signature,
    bind: (inputs, outputs) => {
      checkTensors(settings.signature, inputs, outputs);
      return new NullBinding(inputs, outputs, nullShapes(settings.signature, inputs), work, threads);
    },
    outputShapes: (inputs) => {
      checkTensors(settings.signature, inputs);
      return nullShapes(settings.signature, inputs);
    },
    close: async () => {},
  };
}

/** An output's memory, cut to its size, and how many parts of it belong to as many parts of the first input. */
interface NullTarget {
  readonly type: MemoryTensor['type'];
  readonly data: Uint8Array;
  readonly elements: number;
  readonly parts: number;
}

class NullBinding implements Binding {
  private readonly first: MemoryTensor | undefined;
  private readonly targets: readonly NullTarget[];
  private readonly unbound: readonly (readonly number[])[];
  private readonly sleepMs: number;
  private readonly flops: number;
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(4));

  constructor(
    inputs: readonly MemoryTensor[],
    outputs: readonly OutputMemory[],
    shapes: readonly KnownShape[],
    work: NullWork,
    threads: number,
  ) {
    this.first = inputs[0];
    const batch = inputs[0]?.shape[0] ?? 1;
    const shapeOf = (output: OutputMemory): readonly number[] =>
      output.shape ?? shapes.find(({ name }) => name === output.name)?.shape ?? [];
    this.targets = outputs.map(({ type, data, ...output }) => {
      const shape = shapeOf({ type, data, ...output });
      const bytes = type === 'string' ? data.length : tensorBytes(type, shape);
      return {
        type,
        data: data.subarray(0, bytes <= data.length ? bytes : 0),
        elements: elementCount(shape),
        parts: shape[0] === batch ? batch : 1,
      };
    });
    this.unbound = outputs.filter(({ shape }) => shape === null).map(shapeOf);
    this.sleepMs = work.delayMs + (work.itemDelayMs * batch) / threads;
    this.flops = work.flopsPerItem * batch;
  }

  run(): void {
    if (this.sleepMs > 0) Atomics.wait(this.sleeper, 0, 0, this.sleepMs);
    if (this.flops > 0) burn(this.flops);
    if (this.first === undefined) return;
    for (const target of this.targets)
      if (target.type === 'string') copyStrings(this.first, target);
      else copyBytes(this.first, target);
  }

  collect(): readonly (readonly number[])[] {
    return this.unbound;
  }
}

/** Each part of the output is filled with its part of the input, again and again. */
function copyBytes({ type, data: source }: MemoryTensor, { data, parts }: NullTarget): void {
  if (type === 'string' || source.length === 0) {
    data.fill(0);
    return;
  }
  const [own, given] = [data.length / parts, source.length / parts];
  for (let part = 0; part < parts; part++)
    for (let at = 0; at < own; at += given)
      data.set(source.subarray(part * given, part * given + Math.min(given, own - at)), part * own + at);
}

function copyStrings(
  { type, data: source, shape }: MemoryTensor,
  { data, elements, parts }: NullTarget,
): void {
  const given = type === 'string' ? readStrings(source, elementCount(shape)) : [];
  const [own, from] = [elements / parts, given.length / parts];
  writeStrings(
    Array.from({ length: elements }, (_, index) => {
      const part = Math.floor(index / own);
      return given[part * from + ((index % own) % from)] ?? '';
    }),
    data,
  );
}

/** Two FLOPs a step, each depending on the last, so that nothing can be left out. */
function burn(flops: number): number {
  let value = 1;
  for (let i = 0; i < flops / 2; i++) value = value * 1.0000001 + 1e-9;
  return value;
}

type KnownShape = OutputShape & { readonly shape: readonly number[] };

function nullShapes(signature: Signature, inputs: readonly MemoryTensor[]): KnownShape[] {
  const sizes = dimsOf(signature, inputs);
  return signature.outputs.map(({ name, type, shape }) => ({
    name,
    type,
    shape: shape.map((dim) => (typeof dim === 'number' ? dim : (sizes.get(dim) ?? 1))),
  }));
}
