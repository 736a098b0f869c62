import type { Datatype } from '../oip/datatypes.ts';

/** An output as it is sent. */
export interface AnswerTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** In order; copied when the message is written. Empty where the tensor lies in shared memory. */
  readonly data: readonly Uint8Array[];
}

/** What a `ModelInferResponse` holds. */
export interface Answer {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly outputs: readonly AnswerTensor[];
}

/**
 * A `ModelInferResponse` whose tensors still lie where they are. The transport lets it `copy` itself behind the frame's head, so
 * that this is the one copy of the tensors. Equal to protobuf-es byte for byte
 * (`encode-infer-response.test.ts`).
 */
export class AnswerMessage {
  readonly byteLength: number;
  private readonly pieces: readonly Uint8Array[];

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces;
    let length = 0;
    for (const piece of pieces) length += piece.byteLength;
    this.byteLength = length;
  }

  /** Copies the whole message to `target` at `at`; gives its length, as `Buffer.copy` does. */
  copy(target: Buffer, at = 0): number {
    let to = at;
    for (const piece of this.pieces) {
      target.set(piece, to);
      to += piece.byteLength;
    }
    return this.byteLength;
  }

  /** The whole message in memory of its own. */
  toBuffer(): Buffer {
    const buffer = Buffer.allocUnsafe(this.byteLength);
    this.copy(buffer);
    return buffer;
  }
}

/** Field numbers with the wire type of length-delimited fields. */
const tag = (field: number): number => (field << 3) | 2;

/** The answer to `ModelInfer`. */
export function encodeInferResponse(answer: Answer): AnswerMessage {
  return new AnswerMessage(piecesOf(answer, false));
}

/** A `ModelStreamInferResponse` with an answer: the last one to its request, as every answer of a model without decoupled mode. */
export function encodeStreamAnswer(answer: Answer): AnswerMessage {
  const pieces = piecesOf(answer, true);
  let length = 0;
  for (const piece of pieces) length += piece.byteLength;
  const head = new HeadWriter(1 + varintBytes(length));
  head.delimited(2, length);
  return new AnswerMessage([head.buffer, ...pieces]);
}

/** A `map<string, InferParameter>` entry in field 4: `triton_final_response` is true. */
const finalEntry = ((): Buffer => {
  const key = Buffer.from('triton_final_response');
  const entry = [tag(1), key.length, ...key, tag(2), 2, 1 << 3, 1];
  return Buffer.from([tag(4), entry.length, ...entry]);
})();

function piecesOf(answer: Answer, final: boolean): Uint8Array[] {
  const sizes = answer.outputs.map(outputBytes);
  let length = textBytes(answer.model) + textBytes(answer.version) + textBytes(answer.id);
  if (final) length += finalEntry.length;
  for (const size of sizes) length += 1 + varintBytes(size) + size;
  const head = new HeadWriter(length);
  head.text(1, answer.model);
  head.text(2, answer.version);
  head.text(3, answer.id);
  if (final) head.raw(finalEntry);
  for (let index = 0; index < sizes.length; index++) {
    head.delimited(5, sizes[index]!);
    writeOutput(head, answer.outputs[index]!);
  }
  const pieces: Uint8Array[] = [head.buffer];
  for (const { data } of answer.outputs) addRaw(pieces, data);
  return pieces;
}

function addRaw(pieces: Uint8Array[], data: readonly Uint8Array[]): void {
  let bytes = 0;
  for (const piece of data) bytes += piece.byteLength;
  const head = new HeadWriter(1 + varintBytes(bytes));
  head.delimited(6, bytes);
  pieces.push(head.buffer, ...data);
}

function outputBytes(output: AnswerTensor): number {
  const shape = shapeBytes(output.shape);
  const packed = output.shape.length === 0 ? 0 : 1 + varintBytes(shape) + shape;
  return textBytes(output.name) + textBytes(output.datatype) + packed;
}

function writeOutput(head: HeadWriter, output: AnswerTensor): void {
  head.text(1, output.name);
  head.text(2, output.datatype);
  if (output.shape.length === 0) return;
  head.delimited(3, shapeBytes(output.shape));
  for (const size of output.shape) head.varint(size);
}

function shapeBytes(shape: readonly number[]): number {
  let bytes = 0;
  for (const size of shape) bytes += varintBytes(size);
  return bytes;
}

/** Bytes of a text field; proto3 leaves out empty ones. */
function textBytes(text: string): number {
  if (text === '') return 0;
  const bytes = Buffer.byteLength(text);
  return 1 + varintBytes(bytes) + bytes;
}

/** Bytes of a whole number from 0 to 2⁵³. */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

/** Writes fields into a buffer of exactly the right size. */
class HeadWriter {
  readonly buffer: Buffer;
  private at = 0;

  constructor(length: number) {
    this.buffer = Buffer.allocUnsafe(length);
  }

  text(field: number, text: string): void {
    if (text === '') return;
    this.delimited(field, Buffer.byteLength(text));
    this.at += this.buffer.write(text, this.at, 'utf8');
  }

  delimited(field: number, length: number): void {
    this.buffer[this.at++] = tag(field);
    this.varint(length);
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.at++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.at);
    this.at += bytes.byteLength;
  }
}
