import { ThinferError } from '../../errors.ts';
import { type DimValues, fillInput, type Model, resolveInputs } from '../../model/index.ts';
import type { KnownLatency } from './latency-model.ts';
import type { RunAnswer, RunBatch, ServedInstance } from './served-instance.ts';

/** How an instance is warmed up. */
export interface WarmUpOptions {
  readonly model: Model;
  readonly dims: DimValues;
  /** Batches it runs: 1, and its largest. */
  readonly sizes: readonly number[];
  /** Whether it is told how long they take; otherwise they run once. */
  readonly timed: boolean;
  readonly hangMs: number;
}

/** Times of each size after the first run, where they are asked for. */
const timedRuns = 2;

/** What an instance answered to generated inputs, and how long it took. */
export interface WarmUp {
  /** Outputs at the first of the sizes, copied. */
  readonly answer: ReadonlyMap<string, { readonly type: string; readonly data: Uint8Array }>;
  /** Empty where they were not asked for. */
  readonly latencies: readonly KnownLatency[];
}

/** Runs generated inputs: the first run of each size, which takes longer, and some more where they are timed. */
export async function warmUp(instance: ServedInstance, options: WarmUpOptions): Promise<WarmUp> {
  const latencies: KnownLatency[] = [];
  let answer: WarmUp['answer'] = new Map();
  for (const [index, items] of options.sizes.entries()) {
    const batch = generatedBatch(items, options);
    const times: number[] = [];
    for (let run = 0; run <= (options.timed ? timedRuns : 0); run++) {
      const { outputs, lease, inferNs } = await instance.run(batch);
      if (run > 0) times.push(inferNs / 1e6);
      else if (index === 0) answer = keep(outputs);
      lease?.release();
    }
    if (times.length > 0) latencies.push({ items, ms: Math.min(...times) });
  }
  return { answer, latencies };
}

const keep = (outputs: RunAnswer['outputs']): WarmUp['answer'] =>
  new Map(outputs.map(({ name, type, data }) => [name, { type, data: data.slice() }]));

function generatedBatch(items: number, { model, dims, hangMs }: WarmUpOptions): RunBatch {
  const batch = model.batchDim === null ? model.fixedBatch : items;
  const inputs = resolveInputs(model, { batch, dims }).map((input) =>
    input.type === 'string' ? { ...input, bytes: 4 * input.shape.reduce((a, b) => a * b, 1) } : input,
  );
  return {
    key: 'warm-up',
    items,
    inputs,
    hangMs,
    fill: (memory) => {
      for (const [index, input] of inputs.entries()) {
        if (input.type === 'string') memory[index]!.fill(0);
        else fillInput(model, input, memory[index]!, 1);
      }
    },
  };
}

/** Sums in another order differ by some units in the last places; wrong weights or a broken library differ by much more. */
const tolerance = 1e-2;

/**
 * Compares two instances' answers to the same inputs. Throws `instance-failed` where they differ by more than 1 % of the largest value
 * (of floating-point outputs; others must be equal).
 */
export function checkEqualAnswers(reference: WarmUp['answer'], answer: WarmUp['answer']): void {
  const name = differingOutput(reference, answer);
  if (name === null) return;
  throw new ThinferError(
    'instance-failed',
    `its warm-up answer, output "${name}", differs from the first instance's`,
  );
}

/** The first output in which two answers differ by more than `checkEqualAnswers` allows; null: they are equal. */
export function differingOutput(reference: WarmUp['answer'], answer: WarmUp['answer']): string | null {
  for (const [name, { type, data }] of reference) {
    const other = answer.get(name)?.data;
    if (other === undefined || other.length !== data.length || !isClose(type, data, other)) return name;
  }
  return null;
}

function isClose(type: string, a: Uint8Array, b: Uint8Array): boolean {
  if (Buffer.compare(a, b) === 0) return true;
  if (type !== 'float32' && type !== 'float64') return type === 'float16';
  const [x, y] = [floats(type, a), floats(type, b)];
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i]!) && Number.isNaN(y[i]!)) continue;
    if (x[i] === y[i]) continue;
    largest = Math.max(largest, Math.abs(x[i]!));
    difference = Math.max(difference, Math.abs(x[i]! - y[i]!));
  }
  return difference <= tolerance * largest;
}

function floats(type: 'float32' | 'float64', bytes: Uint8Array): Float32Array | Float64Array {
  const { buffer } = bytes.slice();
  return type === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer);
}
