import { ThinferError } from '../../errors.ts';
import type { TensorType } from '../../model/index.ts';
import { type Datatype, typeOfDatatype } from '../oip/datatypes.ts';
import { type ParameterValue, type RequestParameters, readParameters } from '../oip/parameters.ts';
import type { HttpLimits } from './limits.ts';

/** A part of shared memory that a request names. */
export interface RegionPart {
  readonly region: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Where an input's elements are. */
export type InputSource =
  | { readonly from: 'json'; readonly data: unknown }
  | { readonly from: 'binary'; readonly bytes: number }
  | { readonly from: 'region'; readonly part: RegionPart };

/** An input as the JSON of a request describes it. */
export interface HeaderInput {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** The product of `shape`. */
  readonly elements: number;
  readonly source: InputSource;
}

/** An output that a request asks for. */
export interface HeaderOutput {
  readonly name: string;
  /** Null: as the request's `binary_data_output` says. */
  readonly binary: boolean | null;
  /** So many classes instead of the tensor; 0: the tensor. */
  readonly classes: number;
  readonly region: RegionPart | null;
}

/** The JSON of an inference request, checked. */
export interface InferHeader {
  readonly id: string | null;
  readonly parameters: RequestParameters;
  readonly inputs: readonly HeaderInput[];
  /** By name, in the order of the request; null: all of the model's. */
  readonly outputs: ReadonlyMap<string, HeaderOutput> | null;
}

type JsonObject = Readonly<Record<string, unknown>>;
type Limits = Pick<HttpLimits, 'tensors' | 'dimensions' | 'elements'>;

/** Checks the parsed JSON of an inference request. Throws `request-invalid`, or `too-large` beyond a limit. */
export function readInferHeader(value: unknown, limits: Limits): InferHeader {
  const header = objectOf(value, 'the request');
  const id = header['id'];
  if (id !== undefined && typeof id !== 'string') throw invalid(`'id' must be a string`);
  const parameters = parametersOf(header, 'the request');
  return {
    id: id === undefined || id === '' ? null : id,
    inputs: tensorsOf(header, 'inputs', limits).map((input) => readInput(input, limits)),
    outputs: header['outputs'] === undefined ? null : readOutputs(header, limits),
    parameters: readParameters(parameters),
  };
}

function readOutputs(header: JsonObject, limits: Limits): ReadonlyMap<string, HeaderOutput> | null {
  const byName = new Map<string, HeaderOutput>();
  for (const value of tensorsOf(header, 'outputs', limits)) {
    const output = readOutput(value);
    // One that is asked for twice is answered once, as the first of them asks.
    if (!byName.has(output.name)) byName.set(output.name, output);
  }
  return byName.size === 0 ? null : byName;
}

function readInput(value: unknown, limits: Limits): HeaderInput {
  const input = objectOf(value, 'an input');
  const name = nameOf(input, 'an input');
  const shape = shapeOf(input, name, limits);
  return {
    name,
    type: typeOf(input, name),
    shape,
    elements: productOf(shape, name, limits),
    source: sourceOf(input, name),
  };
}

function readOutput(value: unknown): HeaderOutput {
  const output = objectOf(value, 'an output');
  const name = nameOf(output, 'an output');
  const parameters = objectOf(output['parameters'] ?? {}, `'parameters' of output '${name}'`);
  const binary = parameters['binary_data'] ?? null;
  if (binary !== null && typeof binary !== 'boolean')
    throw invalid(`'binary_data' of output '${name}' must be true or false`);
  return {
    name,
    binary,
    classes: unsigned(parameters['classification'] ?? 0, `'classification' of output '${name}'`),
    region: regionOf(parameters, name),
  };
}

const sourceNames = `'data', 'binary_data_size' in 'parameters', 'shared_memory_region' in 'parameters'`;

function sourceOf(input: JsonObject, name: string): InputSource {
  const parameters = objectOf(input['parameters'] ?? {}, `'parameters' of input '${name}'`);
  const region = regionOf(parameters, name);
  const bytes = parameters['binary_data_size'];
  const data = input['data'];
  const given = Number(data !== undefined) + Number(bytes !== undefined) + Number(region !== null);
  if (given !== 1)
    throw invalid(
      `Input '${name}' must set only one of the following fields: ${sourceNames}. But ${given === 0 ? 'no field is' : 'several are'} set`,
    );
  if (region !== null) return { from: 'region', part: region };
  if (bytes !== undefined)
    return { from: 'binary', bytes: unsigned(bytes, `'binary_data_size' of input '${name}'`) };
  return { from: 'json', data };
}

function regionOf(parameters: JsonObject, name: string): RegionPart | null {
  const region = parameters['shared_memory_region'];
  if (region === undefined) return null;
  if (typeof region !== 'string') throw invalid(`'shared_memory_region' of '${name}' must be a string`);
  return {
    region,
    offset: unsigned(parameters['shared_memory_offset'] ?? 0, `'shared_memory_offset' of '${name}'`),
    bytes: unsigned(parameters['shared_memory_byte_size'], `'shared_memory_byte_size' of '${name}'`),
  };
}

function typeOf(input: JsonObject, name: string): TensorType {
  const datatype = input['datatype'];
  const type = typeof datatype === 'string' ? typeOfDatatype(datatype as Datatype) : undefined;
  if (type === undefined) throw invalid(`invalid datatype for input '${name}'`);
  return type;
}

function shapeOf(input: JsonObject, name: string, limits: Limits): readonly number[] {
  const shape = input['shape'];
  if (!Array.isArray(shape)) throw invalid(`'shape' of input '${name}' must be an array`);
  if (shape.length > limits.dimensions)
    throw new ThinferError(
      'too-large',
      `'shape' of input '${name}' has more than ${limits.dimensions} dimensions`,
    );
  for (const size of shape) unsigned(size, `a size in 'shape' of input '${name}'`);
  return shape as number[];
}

function productOf(shape: readonly number[], name: string, limits: Limits): number {
  let product = 1;
  for (const size of shape) product *= size;
  // A product of zero may hide sizes that no other can be multiplied with.
  if (!(product <= limits.elements) || shape.some((size) => size > limits.elements))
    throw new ThinferError('too-large', `input '${name}' has more than ${limits.elements} elements`);
  return product;
}

function tensorsOf(header: JsonObject, key: 'inputs' | 'outputs', limits: Limits): readonly unknown[] {
  const tensors = header[key];
  if (!Array.isArray(tensors)) throw invalid(`'${key}' must be an array`);
  if (tensors.length > limits.tensors)
    throw new ThinferError('too-large', `a request has at most ${limits.tensors} ${key}`);
  return tensors;
}

function parametersOf(header: JsonObject, what: string): (readonly [string, ParameterValue])[] {
  const given = header['parameters'];
  if (given === undefined) return [];
  return Object.entries(objectOf(given, `'parameters' of ${what}`)).map(([name, value]) => {
    if (isParameterValue(value)) return [name, value];
    throw invalid(
      `parameter '${name.slice(0, 80)}' has invalid type. It should be either 'int', 'bool', or 'string'.`,
    );
  });
}

/** Triton takes other numbers than integers too, whatever its message says. */
function isParameterValue(value: unknown): value is ParameterValue {
  return ['number', 'bigint', 'boolean', 'string'].includes(typeof value);
}

function nameOf(tensor: JsonObject, what: string): string {
  const name = tensor['name'];
  if (typeof name !== 'string') throw invalid(`'name' of ${what} must be a string`);
  if (name.length > 512) throw invalid(`'name' of ${what} is longer than 512`);
  return name;
}

function objectOf(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${what} must be an object`);
  return value as JsonObject;
}

function unsigned(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`${what} must be an unsigned integer`);
}

function invalid(message: string): ThinferError {
  return new ThinferError('request-invalid', message);
}
