/**
 * Reads a protobuf file without the contents of long fields: a model of gigabytes becomes the kilobytes that describe it. What is read
 * is a valid message of its own, with those fields left out and the lengths around them put right
 * (https://protobuf.dev/programming-guides/encoding/).
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What to do with fields by number; fields that are not named are copied. */
export type WireRules = Readonly<
  Record<number, { readonly skipAbove: number } | { readonly inside: WireRules }>
>;

/** The file's bytes without the fields that the rules skip. Throws `Error` where the file ends early or is no protobuf, and `ErrnoException`s. */
export function readWire(file: string, rules: WireRules): Uint8Array {
  const descriptor = openSync(file, 'r');
  try {
    const source = new Source(descriptor);
    return Buffer.concat(copyMessage(source, 0, source.size, rules));
  } finally {
    closeSync(descriptor);
  }
}

const windowBytes = 1 << 16;

/** Reads at any position; what lies close together is read at once. */
class Source {
  readonly size: number;
  readonly #descriptor: number;
  #window: Uint8Array = new Uint8Array();
  #start = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.size = fstatSync(descriptor).size;
  }

  /** A copy of the bytes at a position. */
  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.#descriptor, bytes, done, length - done, position + done);
      if (count === 0) throw new Error('the file ends early');
      done += count;
    }
    return bytes;
  }

  #byte(position: number): number {
    if (position < this.#start || position >= this.#start + this.#window.length) {
      this.#window = this.read(position, Math.min(windowBytes, this.size - position));
      this.#start = position;
    }
    const byte = this.#window[position - this.#start];
    if (byte === undefined) throw new Error('the file ends early');
    return byte;
  }

  /** A variable-length integer and the position behind it. */
  varint(position: number): { value: number; next: number } {
    let [value, scale] = [0, 1];
    for (let next = position; next < position + 10; next++) {
      const byte = this.#byte(next);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return { value, next: next + 1 };
      scale *= 128;
    }
    throw new Error('a number is longer than ten bytes');
  }
}

function copyMessage(source: Source, start: number, end: number, rules: WireRules): Uint8Array[] {
  const parts: Uint8Array[] = [];
  // Fields that lie side by side and are kept are read at once.
  let kept = start;
  const keepUntil = (position: number): void => {
    if (position > kept) parts.push(source.read(kept, position - kept));
  };
  for (let position = start; position < end; ) {
    const tag = source.varint(position);
    const { body, next } = fieldEnd(source, tag.next, tag.value & 7);
    if (next > end) throw new Error('a field is longer than what it is in');
    const rule = (tag.value & 7) === 2 ? rules[Math.floor(tag.value / 8)] : undefined;
    if (rule !== undefined && ('inside' in rule || next - body > rule.skipAbove)) {
      keepUntil(position);
      if ('inside' in rule) parts.push(...copyInside(source, tag.value, body, next, rule.inside));
      kept = next;
    }
    position = next;
  }
  keepUntil(end);
  return parts;
}

/** Where a field's contents begin, and where it ends, by its wire type. */
function fieldEnd(source: Source, position: number, wireType: number): { body: number; next: number } {
  switch (wireType) {
    case 0:
      return { body: position, next: source.varint(position).next };
    case 1:
      return { body: position, next: position + 8 };
    case 2: {
      const { value, next } = source.varint(position);
      return { body: next, next: next + value };
    }
    case 5:
      return { body: position, next: position + 4 };
    default:
      throw new Error(`wire type ${wireType} does not exist`);
  }
}

function copyInside(source: Source, tag: number, body: number, end: number, rules: WireRules): Uint8Array[] {
  const parts = copyMessage(source, body, end, rules);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [encodeVarint(tag), encodeVarint(length), ...parts];
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}
