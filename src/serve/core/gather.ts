import type { Batch } from '../../dispatch/index.ts';
import { stringsLength } from '../../engine/index.ts';
import { bytesPerElement, elementCount, type ResolvedTensor, type TensorSpec } from '../../model/index.ts';
import { countCopy } from '../copies.ts';
import { boxOf } from './box.ts';
import type { CheckedTensor } from './check-request.ts';
import type { AnswerPart, Job } from './job.ts';
import type { RunAnswer, RunOutput } from './served-instance.ts';

/** How requests of a model lie in a batch. */
export interface BatchLayout {
  readonly batches: boolean;
  /** The dimension along which all are padded to the longest; null: none is. */
  readonly padDim: string | null;
  readonly outputs: readonly TensorSpec[];
}

/** The inputs of a batch: those of its first request, for all items, as long as the longest. */
export function batchInputs(batch: Batch<Job>, { batches, padDim }: BatchLayout): ResolvedTensor[] {
  const { items, length } = batch;
  return batch.pieces[0]!.ticket.request.checked.inputs.map((tensor) => {
    const { spec, itemBytes } = tensor;
    const itemShape = paddedShape(tensor, padDim, length);
    const bytes = isPadded(tensor, itemShape) ? paddedBytes(tensor, itemShape) : itemBytes;
    return {
      ...{ name: spec.name, type: spec.type, bytes: items * bytes },
      shape: batches ? [items, ...itemShape] : itemShape,
    };
  });
}

/** One item's shape in a batch of that length. */
function paddedShape(
  { spec, itemShape }: CheckedTensor,
  padDim: string | null,
  length: number,
): readonly number[] {
  if (padDim === null || length === 0) return itemShape;
  return itemShape.map((size, axis) => (spec.shape[axis + 1] === padDim ? length : size));
}

const isPadded = ({ itemShape }: CheckedTensor, shape: readonly number[]): boolean =>
  shape.some((size, axis) => size !== itemShape[axis]);

const paddedBytes = ({ spec }: CheckedTensor, shape: readonly number[]): number =>
  elementCount(shape) * bytesPerElement(spec.type);

/** Copies each request's items behind the others', from the buffers in which they came; shorter ones are filled up with zeros. */
export function gather(
  { pieces, length }: Batch<Job>,
  memory: readonly Uint8Array[],
  padDim: string | null,
): void {
  for (const [index, target] of memory.entries()) {
    let at = 0;
    let copied = 0;
    for (const { ticket, from, items } of pieces) {
      const tensor = ticket.request.checked.inputs[index]!;
      const [begin, bytes] = rangeOf(tensor, from, items);
      const shape = paddedShape(tensor, padDim, length);
      copied += bytes;
      if (isPadded(tensor, shape)) at += pad(tensor, { from, items, shape }, target.subarray(at));
      else {
        tensor.data.copyTo(target, at, begin, bytes);
        at += bytes;
      }
    }
    countCopy('gather', copied);
  }
}

/** Gives the bytes that the items take. */
function pad(
  { data, spec, itemShape, itemBytes }: CheckedTensor,
  {
    from,
    items,
    shape,
  }: { readonly from: number; readonly items: number; readonly shape: readonly number[] },
  target: Uint8Array,
): number {
  const elementBytes = bytesPerElement(spec.type);
  const whole = [items, ...shape];
  const bytes = elementCount(whole) * elementBytes;
  const { rowLength, rowsAt } = boxOf(whole, [items, ...itemShape]);
  const rowBytes = rowLength * elementBytes;
  target.fill(0, 0, bytes);
  for (const [row, at] of rowsAt.entries())
    data.copyTo(target, at * elementBytes, from * itemBytes + row * rowBytes, rowBytes);
  return bytes;
}

function rangeOf({ offsets, itemBytes }: CheckedTensor, from: number, items: number): [number, number] {
  if (offsets === null) return [from * itemBytes, items * itemBytes];
  return [offsets[from]!, offsets[from + items]! - offsets[from]!];
}

/** Each piece's part of a batch's answer, over the same memory, or a copy where it was padded; each holds the lease. */
export function splitAnswer(
  batch: Batch<Job>,
  { outputs, lease }: RunAnswer,
  layout: BatchLayout,
): AnswerPart[] {
  const { pieces, items } = batch;
  const cursors = outputs.map(() => 0);
  return pieces.map(({ ticket, from, items: own }) => {
    lease?.hold();
    const parts = outputs.map((output, index) => {
      if (own === items) return cut(output, ticket.length, batch.length, layout);
      const at = cursors[index]!;
      const part = partOf(output, at, { own, items: layout.batches ? items : own });
      cursors[index] = at + part.data.length;
      return cut(part, ticket.length, batch.length, layout);
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

/** What belongs to a request of its own length; the rest is of what it was filled up with. */
function cut(output: RunOutput, own = 0, padded: number, { padDim, outputs }: BatchLayout): RunOutput {
  if (padDim === null || own === padded || output.type === 'string') return output;
  const dims = outputs.find(({ name }) => name === output.name)?.shape ?? [];
  const { data, shape, type } = output;
  const part = shape.map((size, axis) => (dims[axis] === padDim && size === padded ? own : size));
  if (part.every((size, axis) => size === shape[axis])) return output;
  const elementBytes = bytesPerElement(type);
  const { rowLength, rowsAt } = boxOf(shape, part);
  const rowBytes = rowLength * elementBytes;
  if (rowsAt.length === 1) return { ...output, shape: part, data: data.subarray(0, rowBytes) };
  const rows = new Uint8Array(rowsAt.length * rowBytes);
  for (const [row, at] of rowsAt.entries())
    rows.set(data.subarray(at * elementBytes, at * elementBytes + rowBytes), row * rowBytes);
  countCopy('unpad', rows.length);
  return { ...output, shape: part, data: rows };
}
