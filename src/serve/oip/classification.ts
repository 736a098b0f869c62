import { ThinferError } from '../../errors.ts';
import type { OutputTensor } from '../types.ts';
import { encodeStrings } from './bytes.ts';
import { datatypeOf } from './datatypes.ts';
import { type Elements, elementsOf, type FixedType, joinPieces } from './elements.ts';

/** The largest elements of a tensor: a `BYTES` tensor of "value:index". */
export interface Classes {
  readonly shape: readonly number[];
  readonly labels: readonly string[];
}

/**
 * The `count` largest elements of each item, largest first (equal ones by index, NaN last), as Triton's classification extension
 * has them: an item is all that is behind the first dimension where the model batches, the whole tensor otherwise; values are
 * printed as C's `%f` and integers as they are. The indices count within the item. Throws `request-invalid` for tensors without
 * numbers.
 */
export function classify(output: OutputTensor, count: number, batched: boolean): Classes {
  if (output.type === 'string' || output.type === 'bool')
    throw new ThinferError(
      'request-invalid',
      `class result not available for output '${output.name}' due to unsupported type '${datatypeOf(output.type)}'`,
    );
  const elements = elementsOf(output.type, joinPieces(output.data));
  const byItem = batched && output.shape.length > 0;
  const items = byItem ? output.shape[0]! : 1;
  const itemElements = items === 0 ? 0 : elements.length / items;
  const taken = Math.min(count, itemElements);
  const labels: string[] = [];
  for (let item = 0; item < items; item++)
    for (const index of largest(elements, item * itemElements, itemElements, taken))
      labels.push(`${printed(output.type, elements[item * itemElements + index]!)}:${index}`);
  return { shape: byItem ? [items, taken] : [taken], labels };
}

/** The same as bytes. */
export function encodeClasses(classes: Classes): Uint8Array {
  return encodeStrings(classes.labels);
}

function largest(elements: Elements, from: number, length: number, count: number): number[] {
  const indices = Array.from({ length }, (_, index) => index);
  indices.sort((a, b) => descending(elements[from + a]!, elements[from + b]!) || a - b);
  return indices.slice(0, count);
}

function descending(a: number | bigint, b: number | bigint): number {
  if (a > b) return -1;
  if (a < b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

const floats: ReadonlySet<FixedType> = new Set(['float32', 'float64', 'float16', 'bfloat16']);

function printed(type: FixedType, value: number | bigint): string {
  if (typeof value === 'bigint' || !floats.has(type)) return String(value);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  // toFixed turns to exponents from 1e21 on; such numbers are integers.
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}
