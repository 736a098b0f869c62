import { z } from 'zod';
import { ThinferError } from '../../errors.ts';
import type { Dim, InputRange, Model, TensorSpec } from '../../model/index.ts';
import { typeOfDatatype } from '../../serve/oip/datatypes.ts';

const tensor = z.object({
  name: z.string().min(1).max(1000),
  datatype: z.string().max(40),
  shape: z.array(z.number().int().min(-1)).max(64),
});

/** A model's metadata, as the Open Inference Protocol has it. */
export const metadataSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()).max(10_000).default([]),
  platform: z.string().default(''),
  inputs: z.array(tensor).min(1).max(1000),
  outputs: z.array(tensor).max(1000).default([]),
});
/** A model's metadata, checked. */
export type RemoteMetadata = z.output<typeof metadataSchema>;
type RemoteTensor = RemoteMetadata['inputs'][number];

/** Checks what a server says of a model. Throws `request-invalid`. */
export function parseMetadata(value: unknown, where: string): RemoteMetadata {
  const parsed = metadataSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new ThinferError(
    'request-invalid',
    `${where} gave metadata that the Open Inference Protocol does not know: ${first?.path.join('.')}: ${first?.message}`,
    { remedy: 'give the model as --model-file, or another --protocol' },
  );
}

/** The batch, where the server does not name it. */
export const remoteBatchDim = 'batch';

/**
 * A model as far as its server tells: tensors without names for their free dimensions. Those get the names that files without names
 * get, `<tensor>_dim<position>`; the first is the batch where it is free in every input. What only a file can tell is empty.
 * Throws `shape-invalid` for an element type that is not known.
 */
export function modelOfMetadata(metadata: RemoteMetadata): Model {
  const ranked = metadata.inputs.filter(({ shape }) => shape.length > 0);
  const batched = ranked.length > 0 && ranked.every(({ shape }) => shape[0] === -1);
  const spec = (given: RemoteTensor): TensorSpec => specOf(given, batched, metadata.name);
  const inputs = metadata.inputs.map(spec);
  const names = inputs.flatMap(({ shape }) => shape).filter((dim) => typeof dim === 'string');
  return {
    name: metadata.name,
    file: metadata.name,
    contentHash: '',
    opset: 0,
    parameters: 0,
    bytes: 0,
    inputs,
    outputs: metadata.outputs.map(spec),
    batchDim: batched ? remoteBatchDim : null,
    fixedBatch: 1,
    freeDims: [...new Set(names)].filter((name) => !batched || name !== remoteBatchDim),
    defaultDims: {},
    ranges: Object.fromEntries(inputs.map((input) => [input.name, likelyRange(input)])),
  };
}

function specOf({ name, datatype, shape }: RemoteTensor, batched: boolean, model: string): TensorSpec {
  const type = typeOfDatatype(datatype);
  if (type === undefined)
    throw new ThinferError(
      'shape-invalid',
      `${model}: tensor "${name}" has datatype "${datatype}", which is not known`,
    );
  const dims = shape.map((size, axis): Dim => {
    if (size >= 0) return size;
    return batched && axis === 0 ? remoteBatchDim : `${name}_dim${axis}`;
  });
  return { name, type, shape: dims };
}

/** Without the file nobody knows how large a vocabulary is: token ids are small, masks one, anything else 0 or 1. */
function likelyRange({ name, type }: TensorSpec): InputRange {
  if (/mask/i.test(name)) return { low: 1, high: 2 };
  if (type === 'uint8') return { low: 0, high: 256 };
  if (type === 'int8') return { low: -128, high: 128 };
  return /ids?$|token|input/i.test(name) && !/type|segment/i.test(name)
    ? { low: 0, high: 100 }
    : { low: 0, high: 2 };
}

/** `dim1=128` stands for that position in every input that has no size for it. */
export function expandDims(
  model: Model,
  dims: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const expanded: Record<string, number> = {};
  for (const [name, size] of Object.entries(dims)) {
    const matching = model.freeDims.filter((free) => /^dim\d+$/.test(name) && free.endsWith(`_${name}`));
    if (model.freeDims.includes(name) || matching.length === 0) expanded[name] = size;
    else for (const free of matching) expanded[free] ??= size;
  }
  return expanded;
}
