import { ThinferError } from '../../errors.ts';
import type { TensorType } from '../../model/index.ts';
import { type Datatype, datatypeOf } from '../oip/datatypes.ts';
import { WireReader, wireType } from './wire-reader.ts';

/** How the elements of one field of `InferTensorContents` lie on the wire. */
type Encoding = 'varint' | 'fixed32' | 'fixed64' | 'bytes';

interface Field {
  readonly name: string;
  readonly encoding: Encoding;
  /** What Triton calls data that came in this field. */
  readonly datatype: Datatype;
}

const fields: Readonly<Record<number, Field>> = {
  1: { name: 'bool_contents', encoding: 'varint', datatype: 'BOOL' },
  2: { name: 'int_contents', encoding: 'varint', datatype: 'INT32' },
  3: { name: 'int64_contents', encoding: 'varint', datatype: 'INT64' },
  4: { name: 'uint_contents', encoding: 'varint', datatype: 'UINT32' },
  5: { name: 'uint64_contents', encoding: 'varint', datatype: 'UINT64' },
  6: { name: 'fp32_contents', encoding: 'fixed32', datatype: 'FP32' },
  7: { name: 'fp64_contents', encoding: 'fixed64', datatype: 'FP64' },
  8: { name: 'bytes_contents', encoding: 'bytes', datatype: 'BYTES' },
};

/** The field of each element type, its bytes, and the range of small integers; types that are not here come raw only. */
const places: Partial<
  Record<TensorType, { field: number; bytes: number; range?: readonly [number, number] }>
> = {
  bool: { field: 1, bytes: 1 },
  int8: { field: 2, bytes: 1, range: [-128, 127] },
  int16: { field: 2, bytes: 2, range: [-32768, 32767] },
  int32: { field: 2, bytes: 4 },
  int64: { field: 3, bytes: 8 },
  uint8: { field: 4, bytes: 1, range: [0, 255] },
  uint16: { field: 4, bytes: 2, range: [0, 65535] },
  uint32: { field: 4, bytes: 4 },
  uint64: { field: 5, bytes: 8 },
  float32: { field: 6, bytes: 4 },
  float64: { field: 7, bytes: 8 },
  string: { field: 8, bytes: 0 },
};

/** Which tensor the contents belong to. */
export interface ContentsOf {
  readonly input: string;
  readonly model: string;
  readonly type: TensorType;
}

/**
 * Serialised `InferTensorContents` → the tensor's bytes, little-endian. `parts` merge in order. They are read twice, first to count,
 * so that no element becomes an object. Throws `request-invalid` where the data lies in another field than the type's, is out of the
 * type's range, or is missing.
 */
export function decodeContents(parts: readonly Buffer[], of: ContentsOf): Uint8Array {
  const place = places[of.type];
  if (place === undefined)
    throw new ThinferError(
      'request-invalid',
      `input '${of.input}' of type ${datatypeOf(of.type)} for model '${of.model}' must be given in raw_input_contents`,
    );
  const counter = { elements: 0, bytes: 0 };
  for (const part of parts) count(part, place.field, of, counter);
  if (counter.elements === 0) throw missingData(of.input, of.model);
  const size = of.type === 'string' ? counter.bytes + 4 * counter.elements : counter.elements * place.bytes;
  const target = Buffer.allocUnsafe(size);
  const writer = new ContentsWriter(target, of);
  for (const part of parts) visit(part, (reader, field) => writer.add(reader, field.encoding));
  return target;
}

/** The error for an input that came without data, in Triton's words. */
export function missingData(input: string, model: string): ThinferError {
  return new ThinferError(
    'request-invalid',
    `unable to find data for input tensor '${input}' for model '${model}' in request.`,
  );
}

function count(
  part: Buffer,
  expected: number,
  of: ContentsOf,
  counter: { elements: number; bytes: number },
): void {
  visit(part, (reader, field) => {
    if (field !== fields[expected])
      throw new ThinferError(
        'request-invalid',
        `unexpected explicit tensor data for input tensor '${of.input}' for model '${of.model}' of type '${field.datatype}', expected datatype '${datatypeOf(of.type)}'`,
      );
    counter.elements++;
    counter.bytes += skipElement(reader, field.encoding);
  });
}

function skipElement(reader: WireReader, encoding: Encoding): number {
  switch (encoding) {
    case 'varint':
      reader.uint32();
      return 0;
    case 'fixed32':
      reader.take(4);
      return 0;
    case 'fixed64':
      reader.take(8);
      return 0;
    case 'bytes': {
      const length = reader.length();
      reader.take(length);
      return length;
    }
  }
}

/** Calls `take` at each element of a known field; it has to read the element. */
function visit(part: Buffer, take: (reader: WireReader, field: Field) => void): void {
  const reader = new WireReader(part);
  while (reader.next()) {
    const field = fields[reader.field];
    if (field === undefined) reader.skip();
    else if (reader.is(wireOf(field.encoding))) take(reader, field);
    else if (reader.is(wireType.lengthDelimited)) {
      const packed = new WireReader(reader.view());
      while (packed.left()) take(packed, field);
    } else reader.skip();
  }
}

function wireOf(encoding: Encoding): number {
  return encoding === 'bytes' ? wireType.lengthDelimited : wireType[encoding];
}

/** Writes elements one after the other. */
class ContentsWriter {
  private readonly target: Buffer;
  private readonly view: DataView;
  private readonly of: ContentsOf;
  private at = 0;

  constructor(target: Buffer, of: ContentsOf) {
    this.target = target;
    this.view = new DataView(target.buffer, target.byteOffset, target.byteLength);
    this.of = of;
  }

  add(reader: WireReader, encoding: Encoding): void {
    if (encoding === 'fixed32') this.at += reader.copyTo(this.target, this.at, 4);
    else if (encoding === 'fixed64') this.at += reader.copyTo(this.target, this.at, 8);
    else if (encoding === 'varint') this.addVarint(reader);
    else {
      const length = reader.length();
      this.view.setUint32(this.at, length, true);
      this.at += 4;
      this.at += reader.copyTo(this.target, this.at, length);
    }
  }

  private addVarint(reader: WireReader): void {
    const { type } = this.of;
    if (type === 'int64' || type === 'uint64') {
      reader.copyVarint64(this.view, this.at);
      this.at += 8;
    } else if (type === 'bool') this.target[this.at++] = reader.bool() ? 1 : 0;
    else this.addSmall(reader.uint32());
  }

  private addSmall(bits: number): void {
    const place = places[this.of.type]!;
    const value = place.field === 2 ? bits | 0 : bits;
    const { range } = place;
    if (range !== undefined && (value < range[0] || value > range[1]))
      throw new ThinferError(
        'request-invalid',
        `${value} in input '${this.of.input}' for model '${this.of.model}' does not fit ${datatypeOf(this.of.type)} (${range[0]} to ${range[1]})`,
      );
    if (place.bytes === 1) this.view.setUint8(this.at, value & 0xff);
    else if (place.bytes === 2) this.view.setUint16(this.at, value & 0xffff, true);
    else this.view.setUint32(this.at, bits, true);
    this.at += place.bytes;
  }
}
