import type { Batch } from '../../dispatch/index.ts';
import { ThinferError } from '../../errors.ts';
import { type DimValues, fillInput, type Model, resolveInputs } from '../../model/index.ts';
import { Chunks } from '../chunks.ts';
import type { InferRequest } from '../types.ts';
import { canBatch } from './batching.ts';
import { checkRequest } from './check-request.ts';
import { batchInputs, gather, splitAnswer } from './gather.ts';
import { Job } from './job.ts';
import type { Place } from './place.ts';
import { differingOutput, type WarmUp } from './warm-up.ts';

/**
 * Which free dimension requests may be padded along, so that those of different lengths fit into one batch: its name; `auto`, the one that
 * an attention mask has, where there is one; `off`.
 */
export type PadSetting = string;

const maskNames = ['attention_mask', 'input_mask', 'mask'];
const leastLength = 2;

/**
 * The dimension that a setting means; null: none. Throws `usage` where a named one is no free dimension, or can't be padded along: all
 * inputs and outputs must begin with the batch, and the inputs that have it must hold numbers.
 */
export function padDimOf(model: Model, setting: PadSetting): string | null {
  if (setting === 'off') return null;
  if (setting === 'auto') {
    const mask = model.inputs.find(({ name, shape }) => maskNames.includes(name) && shape.length === 2);
    const dim = mask?.shape[1];
    return typeof dim === 'string' && problemsOf(model, dim).length === 0 ? dim : null;
  }
  const problems = problemsOf(model, setting);
  if (problems.length === 0) return setting;
  throw new ThinferError('usage', problems.map((problem) => `${model.name}: pad: ${problem}`).join('\n'), {
    remedy: model.freeDims.length > 0 ? `its free dimensions are ${model.freeDims.join(', ')}` : 'pad=off',
  });
}

function problemsOf(model: Model, dim: string): string[] {
  const having = model.inputs.filter(({ shape }) => shape.includes(dim));
  return [
    ...(dim !== model.batchDim && having.length > 0 ? [] : [`"${dim}" is no free dimension of an input`]),
    ...(canBatch(model) ? [] : ['requests of this model are not batched']),
    ...having.filter(({ type }) => type === 'string').map(({ name }) => `input "${name}" has strings`),
  ];
}

/** What padding is tried with. */
export interface PaddingTrial {
  readonly model: Model;
  /** The lengths that are tried are this one and half of it. */
  readonly dims: DimValues;
  readonly dim: string;
  readonly hangMs: number;
}

/**
 * Runs a generated request alone, and padded beside one twice as long. Gives the output in which its two answers differ: then requests of
 * this model must not be padded; null: they may. Throws what the engine threw.
 */
export async function tryPadding(place: Place, trial: PaddingTrial): Promise<string | null> {
  const { model, dims, dim } = trial;
  const longer = Math.max(leastLength, dims[dim] ?? model.defaultDims[dim] ?? leastLength);
  const short = generatedRequest(trial, Math.ceil(longer / 2), 1);
  const long = generatedRequest(trial, longer, 2);
  const alone = await answerTo(place, [short], trial);
  const beside = await answerTo(place, [long, short], trial);
  return differingOutput(alone, beside);
}

function generatedRequest({ model, dims, dim }: PaddingTrial, length: number, seed: number): Job {
  const inputs = resolveInputs(model, { batch: 1, dims: { ...dims, [dim]: length } }).map((input) => {
    const bytes = new Uint8Array(input.bytes);
    fillInput(model, input, bytes, seed);
    return { name: input.name, type: input.type, shape: input.shape, data: new Chunks([bytes]) };
  });
  const request: InferRequest = { id: 'padding', inputs, outputs: null, deadlineMs: null, priority: 1 };
  return new Job(request, checkRequest(request, { model, batches: true, mostItems: 1, padDim: dim }));
}

/** The answer to the last of some requests that run as one batch. */
async function answerTo(
  place: Place,
  jobs: readonly Job[],
  { dim, hangMs, model }: PaddingTrial,
): Promise<WarmUp['answer']> {
  const length = Math.max(...jobs.map(({ checked }) => checked.length));
  const pieces = jobs.map((job) => ({
    ticket: {
      ...{ request: job, items: 1, key: '', length: job.checked.length },
      ...{ arrivedMs: 0, deadlineMs: null },
    },
    ...{ from: 0, items: 1 },
  }));
  const key = `padding ${length}`;
  const batch: Batch<Job> = { worker: 0, key, items: jobs.length, length, failures: 0, ahead: false, pieces };
  const layout = { batches: true, padDim: dim, outputs: model.outputs };
  const answer = await place.run({
    ...{ key, items: batch.items, hangMs, inputs: batchInputs(batch, layout) },
    fill: (memory) => gather(batch, memory, dim),
  });
  const parts = splitAnswer(batch, answer, layout);
  const last = parts
    .at(-1)!
    .outputs.map(({ name, type, data }) => [name, { type, data: data.slice() }] as const);
  for (const { lease } of [answer, ...parts]) lease?.release();
  return new Map(last);
}
