import { basename } from 'node:path';
import { ThinferError } from '../errors.ts';
import { tensorTypeOf } from './element-type.ts';
import type { TensorShapeProto_Dimension, ValueInfoProto } from './generated/onnx_pb.ts';
import type { OnnxFile } from './read-onnx.ts';
import type { Dim, TensorSpec } from './types.ts';

/** Inputs, outputs and free dimensions of a model. */
export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly batchDim: string | null;
  readonly fixedBatch: number;
  readonly freeDims: readonly string[];
}

/**
 * Reads the signature off the graph. Inputs that have an initializer are weights with a default (IR version 3), not inputs.
 * A dimension without a name (empty, or a negative size) is called `<tensor>_dim<position>`; where no input names its first dimension, they
 * all share the first input's name for it, because that is the batch.
 * Throws `model-invalid` where an input or output is no tensor, or of a type that can't be fed.
 */
export function readSignature(onnx: OnnxFile): Signature {
  const weights = new Set(onnx.graph.initializer.map(({ name }) => name));
  const infos = onnx.graph.input.filter(({ name }) => !weights.has(name));
  const inputs = shareUnnamedBatch(infos.map((info) => specOf(info, 'input', onnx.file)));
  const unranked = inputs.find((spec) => spec.unranked);
  if (unranked !== undefined)
    throw new ThinferError(
      'model-invalid',
      `${basename(onnx.file)}: input "${unranked.name}" has no shape, not even its number of dimensions.`,
      { remedy: 'Export the model with the shapes of its inputs.' },
    );
  const outputs = onnx.graph.output.map((info) => specOf(info, 'output', onnx.file));
  const batchDim = findBatchDim(inputs);
  const names = inputs.flatMap(({ shape }) => shape).filter((dim) => typeof dim === 'string');
  return {
    inputs,
    outputs,
    batchDim,
    fixedBatch: batchDim === null ? fixedBatchOf(inputs) : 1,
    freeDims: [...new Set(names)].filter((name) => name !== batchDim),
  };
}

function specOf(info: ValueInfoProto, role: string, file: string): TensorSpec {
  const kind = info.type?.value;
  const where = `${basename(file)}: ${role} "${info.name}"`;
  if (kind?.case !== 'tensorType')
    throw new ThinferError('model-invalid', `${where} is not a tensor (${kind?.case ?? 'no type'}).`, {
      remedy: 'Export the model so that it takes and gives plain tensors.',
    });
  const type = tensorTypeOf(kind.value.elemType);
  if (type === undefined)
    throw new ThinferError(
      'model-invalid',
      `${where} has element type ${kind.value.elemType} of onnx.proto, which can't be fed.`,
    );
  if (kind.value.shape === undefined) return { name: info.name, type, shape: [], unranked: true };
  return {
    name: info.name,
    type,
    shape: kind.value.shape.dim.map((dim, axis) => dimOf(dim, info.name, axis)),
  };
}

function dimOf({ value }: TensorShapeProto_Dimension, tensor: string, axis: number): Dim {
  if (value.case === 'dimValue' && value.value >= 0n) return Number(value.value);
  if (value.case === 'dimParam' && value.value !== '') return value.value;
  return generatedName(tensor, axis);
}

function generatedName(tensor: string, axis: number): string {
  return `${tensor}_dim${axis}`;
}

function shareUnnamedBatch(inputs: readonly TensorSpec[]): TensorSpec[] {
  const ranked = inputs.filter(({ shape }) => shape.length > 0);
  const first = ranked[0];
  if (first === undefined || !ranked.every(({ name, shape }) => shape[0] === generatedName(name, 0)))
    return [...inputs];
  const shared = generatedName(first.name, 0);
  return inputs.map((spec) =>
    spec.shape.length === 0 ? spec : { ...spec, shape: [shared, ...spec.shape.slice(1)] },
  );
}

const batchPattern = /(^|[^a-z])(batch|batches|batchsize|bs|n|b)([^a-z]|$)/i;

/**
 * The batch is the first input dimension whose name looks like one; otherwise the first dimension that all inputs
 * share, unless another position is called batch (sequence-first models: that one is a free dimension like others).
 */
function findBatchDim(inputs: readonly TensorSpec[]): string | null {
  const ranked = inputs.filter(({ shape }) => shape.length > 0);
  const firsts = ranked.map(({ shape }) => shape[0]!);
  const named = firsts.find((dim) => typeof dim === 'string' && batchPattern.test(dim));
  if (typeof named === 'string') return named;
  const elsewhere = ranked.some(({ shape }) =>
    shape.some((dim) => typeof dim === 'string' && /batch/i.test(dim)),
  );
  const [first] = firsts;
  return typeof first === 'string' && !elsewhere && firsts.every((dim) => dim === first) ? first : null;
}

function fixedBatchOf(inputs: readonly TensorSpec[]): number {
  const firsts = inputs.filter(({ shape }) => shape.length > 1).map(({ shape }) => shape[0]);
  const [first] = firsts;
  return typeof first === 'number' && first > 0 && firsts.every((dim) => dim === first) ? first : 1;
}
