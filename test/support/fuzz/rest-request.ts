import { deflateSync, gzipSync } from 'node:zlib';
import { type FuzzModel, type FuzzTensor, fuzzModels } from './models.ts';
import { sizeOf } from './oracle.ts';
import type { Random } from './random.ts';

/** JSON as it is built and mutated: objects are lists of fields, so that keys may come twice. */
export type Json = string | number | boolean | null | Raw | Json[] | Fields;

/** Fields in their order. */
export class Fields {
  readonly list: [string, Json][];

  constructor(list: [string, Json][]) {
    this.list = list;
  }
}

/** A text that stands as it is, such as `1e400`. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Written by hand: `JSON.stringify` writes neither keys that come twice nor `1e400`. */
export function textOf(value: Json): string {
  if (value instanceof Raw) return value.text;
  if (value instanceof Fields)
    return `{${value.list.map(([key, item]) => `${JSON.stringify(key)}:${textOf(item)}`).join(',')}}`;
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  return JSON.stringify(value);
}

/** An inference request over REST before it is put on the wire. */
export interface RestRequest {
  readonly model: FuzzModel;
  json: Fields;
  /** Behind the JSON. */
  binary: Buffer;
  /** Null: the body is JSON alone and the header is not sent. */
  readonly hasBinary: boolean;
  readonly coding: 'gzip' | 'deflate' | null;
}

/** A body with the headers that describe it. */
export interface RestBody {
  readonly body: Buffer;
  readonly jsonBytes: string | undefined;
  readonly coding: string | undefined;
}

/** A request that fits one of the models. */
export function validRequest(random: Random): RestRequest {
  // `tiny` has by far the largest requests; the time is better spent on many.
  const model = random.chance(0.05) ? fuzzModels[0]! : random.pick(fuzzModels.slice(1));
  const items = random.chance(0.8) ? random.between(1, 3) : random.between(4, 9);
  const width = random.between(1, 12);
  const hasBinary = random.chance(0.6);
  const pieces: Buffer[] = [];
  const inputs = model.inputs.map((input) => {
    const binary = hasBinary && random.chance(0.8);
    const shape = input.shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? items : width));
    return inputFields(random, { ...input, shape }, binary ? pieces : null);
  });
  if (random.chance(0.2)) inputs.reverse();
  if (inputs.length > 1) pieces.splice(0, pieces.length, ...reordered(inputs, pieces));
  const json = new Fields([['inputs', inputs]]);
  if (random.chance(0.5)) json.list.unshift(['id', `r-${random.next()}`]);
  if (random.chance(0.5)) json.list.push(['outputs', outputsOf(random, model)]);
  if (random.chance(0.6)) json.list.push(['parameters', parametersOf(random)]);
  const coding = random.chance(0.05) ? random.pick(['gzip', 'deflate'] as const) : null;
  return { model, json, binary: Buffer.concat(pieces), hasBinary, coding };
}

/** Binary tensors follow each other in the order of the inputs; each was tagged with its piece. */
function reordered(inputs: readonly Fields[], pieces: readonly Buffer[]): Buffer[] {
  return inputs.flatMap((input) => {
    const index = pieceOf.get(input);
    return index === undefined ? [] : [pieces[index]!];
  });
}

const pieceOf = new WeakMap<Fields, number>();

function inputFields(random: Random, { name, shape, datatype }: FuzzTensor, pieces: Buffer[] | null): Fields {
  const count = shape.reduce((product, size) => product * size, 1);
  const fields = new Fields([
    ['name', name],
    ['shape', [...shape]],
    ['datatype', datatype],
  ]);
  if (pieces === null) {
    const data = Array.from({ length: count }, () => jsonElement(random, datatype));
    fields.list.push(['data', random.chance(0.3) ? nested(data, shape) : data]);
    return fields;
  }
  const bytes = binaryElements(random, datatype, count);
  fields.list.push(['parameters', new Fields([['binary_data_size', bytes.length]])]);
  pieceOf.set(fields, pieces.length);
  pieces.push(bytes);
  return fields;
}

function jsonElement(random: Random, datatype: FuzzTensor['datatype']): Json {
  switch (datatype) {
    case 'FP32':
      return random.chance(0.01)
        ? new Raw(random.pick(['NaN', '-Infinity', '"Infinity"', '-0.0']))
        : random.float();
    case 'INT64':
      return random.chance(0.3)
        ? new Raw(String(BigInt.asIntN(64, (BigInt(random.next()) << 32n) | BigInt(random.next()))))
        : random.between(-1000, 1000);
    case 'UINT8':
      return random.between(0, 255);
    case 'BOOL':
      return random.chance(0.5);
    case 'BYTES':
      return random.pick(['', 'a', 'wörter', '日本', 'x'.repeat(random.between(0, 90)), '\u0000', '"\\']);
  }
}

function binaryElements(random: Random, datatype: string, count: number): Buffer {
  if (datatype === 'BOOL') return Buffer.from(Array.from({ length: count }, () => random.between(0, 1)));
  if (datatype !== 'BYTES') return random.bytes(count * sizeOf(datatype)!);
  return Buffer.concat(
    Array.from({ length: count }, () => {
      // UTF-8, so that any way of answering can hold it.
      const text = Buffer.from('abcdefghij'.repeat(9).slice(0, random.between(0, 90)));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      return Buffer.concat([length, text]);
    }),
  );
}

function nested(data: readonly Json[], shape: readonly number[]): Json[] {
  if (shape.length <= 1) return [...data];
  const step = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, at) =>
    nested(data.slice(at * step, (at + 1) * step), shape.slice(1)),
  );
}

function outputsOf(random: Random, { outputs }: FuzzModel): Json[] {
  const wanted = outputs.filter(() => random.chance(0.8));
  if (random.chance(0.3)) wanted.reverse();
  return wanted.map(
    ({ name }) =>
      new Fields([
        ['name', name],
        ...(random.chance(0.5)
          ? [['parameters', new Fields([['binary_data', random.chance(0.5)]])] as [string, Json]]
          : []),
      ]),
  );
}

function parametersOf(random: Random): Fields {
  const all: [string, Json][] = [
    ['binary_data_output', random.chance(0.5)],
    ['priority', random.between(0, 3)],
    ['timeout', 0],
    ['mine', 'text'],
    ['sequence_id', 7],
  ];
  return new Fields(all.filter(() => random.chance(0.5)));
}

/** As it goes onto the wire. */
export function bodyOf({ json, binary, hasBinary, coding }: RestRequest): RestBody {
  const text = Buffer.from(textOf(json));
  const plain = hasBinary ? Buffer.concat([text, binary]) : text;
  return {
    body:
      coding === null
        ? plain
        : coding === 'gzip'
          ? gzipSync(plain, { level: 1 })
          : deflateSync(plain, { level: 1 }),
    jsonBytes: hasBinary ? String(text.length) : undefined,
    coding: coding ?? undefined,
  };
}
