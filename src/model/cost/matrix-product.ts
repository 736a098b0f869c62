import type { TensorType } from '../types.ts';
import { broadcast, makeValue, type Value } from './value.ts';

/** A matrix product's result, where the shapes fit. */
export function productOf(
  a: Value | undefined,
  b: Value | undefined,
  type: TensorType | undefined,
): [Value] | undefined {
  if (a === undefined || b === undefined || type === undefined) return undefined;
  const shape = matMulShape(a.shape, b.shape);
  return shape === undefined ? undefined : [makeValue(shape, type)];
}

/** Shape of the product of stacks of matrices, numpy's way; undefined where they don't fit. */
export function matMulShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  if (left.at(-1) !== right.at(-2)) return undefined;
  const batch = broadcast([left.slice(0, -2), right.slice(0, -2)]);
  if (batch === undefined) return undefined;
  return [...batch, ...(a.length === 1 ? [] : [left.at(-2)!]), ...(b.length === 1 ? [] : [right.at(-1)!])];
}
