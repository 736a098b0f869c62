import { bytesPerElement } from '../../model/index.ts';
import { countCopy } from '../copies.ts';
import { elementReaders } from '../oip/element-readers.ts';
import type { OutputTensor } from '../types.ts';

/** Elements of a tensor, one after the other. */
export interface Elements {
  readonly shape: readonly number[];
  /** The JSON text of an element. */
  readonly text: (at: number) => string;
  /** The number itself; NaN for strings. */
  readonly number: (at: number) => number;
}

/** Copies an output out of the arena, readable element by element. */
export function elementsOf({ type, shape, data }: OutputTensor): Elements {
  const bytes = Buffer.concat(data);
  countCopy('json', bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (type === 'string') {
    const strings = readStrings(bytes);
    return { shape, text: (at) => JSON.stringify(strings[at]), number: () => Number.NaN };
  }
  const read = elementReaders[type];
  const size = bytesPerElement(type);
  const text = type === 'bool' ? boolText : numberText;
  return {
    shape,
    text: (at) => text(read(view, at * size)),
    number: (at) => Number(read(view, at * size)),
  };
}

/** Arrays in arrays of elements, as JSON text; `from` is the first element, `shape` what is left of the shape. */
export function nestedText(elements: Elements, shape: readonly number[], from: number): string {
  if (shape.length === 0) return elements.text(from);
  const [length, ...inner] = shape;
  const step = inner.reduce((product, size) => product * size, 1);
  const parts: string[] = [];
  for (let at = 0; at < length!; at++) parts.push(nestedText(elements, inner, from + at * step));
  return `[${parts.join(', ')}]`;
}

/** JSON has no NaN and no infinity: both become null. */
function numberText(value: number | bigint): string {
  return typeof value === 'bigint' || Number.isFinite(value) ? String(value) : 'null';
}

function boolText(value: number | bigint): string {
  return value === 0 ? 'false' : 'true';
}

function readStrings(bytes: Buffer): string[] {
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    strings.push(bytes.toString('utf8', at + 4, end));
    at = end;
  }
  return strings;
}
