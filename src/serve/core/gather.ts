import type { Batch } from '../../dispatch/index.ts';
import { stringsLength } from '../../engine/index.ts';
import type { ResolvedTensor } from '../../model/index.ts';
import { countCopy } from '../copies.ts';
import type { CheckedTensor } from './check-request.ts';
import type { AnswerPart, Job } from './job.ts';
import type { RunAnswer, RunOutput } from './served-instance.ts';

/** The inputs of a batch: those of its first request, for all items. */
export function batchInputs({ pieces, items }: Batch<Job>, batches: boolean): ResolvedTensor[] {
  return pieces[0]!.ticket.request.checked.inputs.map(({ spec, itemShape, itemBytes }) => ({
    name: spec.name,
    type: spec.type,
    shape: batches ? [items, ...itemShape] : itemShape,
    bytes: items * itemBytes,
  }));
}

/** Copies each request's items behind the others', from the buffers in which they came. */
export function gather({ pieces }: Batch<Job>, memory: readonly Uint8Array[]): void {
  for (const [index, target] of memory.entries()) {
    let at = 0;
    for (const { ticket, from, items } of pieces) {
      const tensor = ticket.request.checked.inputs[index]!;
      const [begin, length] = rangeOf(tensor, from, items);
      tensor.data.copyTo(target, at, begin, length);
      at += length;
    }
    countCopy('gather', at);
  }
}

function rangeOf({ offsets, itemBytes }: CheckedTensor, from: number, items: number): [number, number] {
  if (offsets === null) return [from * itemBytes, items * itemBytes];
  return [offsets[from]!, offsets[from + items]! - offsets[from]!];
}

/** Each piece's part of a batch's answer, over the same memory; each holds the lease. */
export function splitAnswer(
  { pieces, items }: Batch<Job>,
  { outputs, lease }: RunAnswer,
  batches: boolean,
): AnswerPart[] {
  const cursors = outputs.map(() => 0);
  return pieces.map(({ from, items: own }) => {
    lease?.hold();
    const parts = outputs.map((output, index) => {
      if (own === items) return output;
      const at = cursors[index]!;
      const part = partOf(output, at, { own, items: batches ? items : own });
      cursors[index] = at + part.data.length;
      return part;
    });
    return { from, lease, outputs: parts };
  });
}

function partOf(
  output: RunOutput,
  at: number,
  { own, items }: { readonly own: number; readonly items: number },
): RunOutput {
  const { shape, data, type } = output;
  const elements = shape.slice(1).reduce((product, size) => product * size, own);
  const length = type === 'string' ? stringsLength(data.subarray(at), elements) : (data.length / items) * own;
  return { ...output, shape: [own, ...shape.slice(1)], data: data.subarray(at, at + length) };
}
