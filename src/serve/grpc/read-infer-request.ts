import { ThinferError } from '../../errors.ts';
import { Chunks } from '../chunks.ts';
import { countCopy } from '../copies.ts';
import { typeOfDatatype } from '../oip/datatypes.ts';
import { type ParameterValue, readParameters } from '../oip/parameters.ts';
import type { SharedMemory } from '../oip/shared-memory.ts';
import type { InferRequest, InputTensor } from '../types.ts';
import { decodeContents, missingData } from './decode-contents.ts';
import type { WireInferRequest, WireInput, WireOutput, WireParameters } from './decode-infer-request.ts';
import { type RegionPart, readRegion } from './shared-memory.ts';

/** An output that was asked for by name. */
export interface WantedOutput {
  readonly name: string;
  /** Number of classes; 0: the tensor itself. */
  readonly classes: number;
  /** Where the tensor is to be written instead of into the answer. */
  readonly region: RegionPart | null;
}

/** What a `ModelInferRequest` asks for. */
export interface AskedInference {
  readonly model: string;
  readonly version: string | undefined;
  /** The message's own, to be sent back; not the request's. */
  readonly id: string;
  readonly request: InferRequest;
  /** Null: all outputs, as they are. */
  readonly wanted: readonly WantedOutput[] | null;
}

/** What a request is read with. */
export interface ReadOptions {
  readonly requestId: string;
  /** Deadline of the call by `performance.now()`; null: none. */
  readonly deadlineMs: number | null;
  readonly nowMs: number;
  readonly sharedMemory: SharedMemory | undefined;
}

const allowedReserved = ['triton_enable_empty_final_response'];

/**
 * Translates a request; tensors stay memory of the message. Whether they fit the model is for the core to say. Throws
 * `request-invalid`.
 */
export function readInferRequest(wire: WireInferRequest, options: ReadOptions): AskedInference {
  const { timeoutUs, priority } = readParameters(givenParameters(wire.parameters), allowedReserved);
  const wanted = wire.outputs.length === 0 ? null : uniqueOutputs(wire.outputs, options.sharedMemory);
  return {
    model: wire.modelName,
    version: wire.modelVersion === '' ? undefined : wire.modelVersion,
    id: wire.id,
    request: {
      id: options.requestId,
      inputs: readInputs(wire, options.sharedMemory),
      outputs: wanted === null ? null : wanted.map(({ name }) => name),
      deadlineMs: earlier(options.deadlineMs, timeoutUs === null ? null : options.nowMs + timeoutUs / 1000),
      priority,
    },
    wanted,
  };
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function givenParameters(parameters: WireParameters): [string, ParameterValue][] {
  return [...parameters].map(([name, value]) => {
    if (value === undefined)
      throw new ThinferError(
        'request-invalid',
        `invalid value type for '${name.slice(0, 80)}' parameter, expected int64_param, bool_param, or string_param.`,
      );
    return [name, value];
  });
}

function readInputs(wire: WireInferRequest, sharedMemory: SharedMemory | undefined): InputTensor[] {
  const inputs: InputTensor[] = [];
  let raws = 0;
  for (const input of wire.inputs) {
    if (inputs.some(({ name }) => name === input.name))
      throw new ThinferError('request-invalid', `input '${input.name}' already exists in request`);
    const region = readRegion(input.name, input.parameters, sharedMemory);
    const data =
      region !== null
        ? readShared(sharedMemory!, region)
        : wire.raw.length > 0
          ? rawData(wire, input, raws++)
          : typedData(wire.modelName, input);
    inputs.push({
      name: input.name,
      type: typeOf(wire, input),
      shape: input.shape,
      data: new Chunks([data]),
    });
  }
  if (wire.raw.length > raws)
    throw new ThinferError(
      'request-invalid',
      `expected raw_input_contents of ${raws} inputs for model '${wire.modelName}', got ${wire.raw.length}`,
    );
  return inputs;
}

function readShared(sharedMemory: SharedMemory, { name, offset, bytes }: RegionPart): Uint8Array {
  countCopy('shared-memory', bytes);
  return sharedMemory.read(name, offset, bytes);
}

function rawData(wire: WireInferRequest, input: WireInput, index: number): Buffer {
  if (input.contents !== null)
    throw new ThinferError(
      'request-invalid',
      `contents field must not be specified when using raw_input_contents for '${input.name}' for model '${wire.modelName}'`,
    );
  const data = wire.raw[index];
  if (data === undefined) throw missingData(input.name, wire.modelName);
  return data;
}

function typedData(model: string, input: WireInput): Uint8Array {
  if (input.contents === null) throw missingData(input.name, model);
  const type = typeOfDatatype(input.datatype);
  if (type === undefined) throw unknownDatatype(model, input);
  return decodeContents(input.contents, { input: input.name, model, type });
}

function typeOf(wire: WireInferRequest, input: WireInput): InputTensor['type'] {
  const type = typeOfDatatype(input.datatype);
  if (type === undefined) throw unknownDatatype(wire.modelName, input);
  return type;
}

function unknownDatatype(model: string, input: WireInput): ThinferError {
  return new ThinferError(
    'request-invalid',
    `inference input '${input.name}' for model '${model}' has the unknown data-type '${input.datatype.slice(0, 40)}'`,
  );
}

/** An output that is asked for again is sent once. */
function uniqueOutputs(
  outputs: readonly WireOutput[],
  sharedMemory: SharedMemory | undefined,
): readonly WantedOutput[] {
  const wanted = new Map<string, WantedOutput>();
  for (const { name, parameters } of outputs) {
    if (wanted.has(name)) continue;
    const region = readRegion(name, parameters, sharedMemory);
    // Before the request is run, and not when its answer does not fit.
    if (region !== null) sharedMemory!.check(region.name, region.offset, region.bytes);
    wanted.set(name, { name, classes: classesOf(parameters), region });
  }
  return [...wanted.values()];
}

function classesOf(parameters: WireParameters): number {
  if (!parameters.has('classification')) return 0;
  const count = parameters.get('classification');
  if (typeof count !== 'number' || !Number.isInteger(count))
    throw new ThinferError(
      'request-invalid',
      "invalid value type for 'classification' parameter, expected int64_param",
    );
  if (count <= 0)
    throw new ThinferError('request-invalid', "invalid value for 'classification' parameter, expected > 0");
  return count;
}
