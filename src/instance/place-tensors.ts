import type { ResolvedOutput, ResolvedTensor } from '../model/index.ts';
import { alignUp } from './arena.ts';
import type { PlacedOutput, PlacedTensor } from './messages.ts';

/** Places of a binding's tensors in the arena, one after the other, each on a cache line. */
export interface Placement {
  readonly inputs: readonly PlacedTensor[];
  readonly outputs: readonly PlacedOutput[];
}

/** Places inputs one after the other. */
export function placeInputs(inputs: readonly ResolvedTensor[], from: number): PlacedTensor[] {
  return placeFrom(from, inputs);
}

const mebibyte = 2 ** 20;

/**
 * Places outputs one after the other, behind the inputs unless told where. One of unknown size gets 8 times what the inputs take (`NonZero` gives 8 bytes a
 * dimension for up to every element), between 1 and 256 MiB. Memory that is never touched costs nothing.
 */
export function placeOutputs(
  inputs: readonly PlacedTensor[],
  outputs: readonly ResolvedOutput[],
  from = endOf(inputs),
): PlacedOutput[] {
  const inputBytes = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const guess = Math.min(Math.max(mebibyte, 8 * inputBytes), 256 * mebibyte);
  return placeFrom(
    from,
    outputs.map((output) => ({ ...output, bytes: output.bytes ?? guess })),
  );
}

/** Where the last of some placed tensors ends, rounded up to a cache line; 0 without any. */
export function endOf(tensors: readonly PlacedOutput[]): number {
  const last = tensors.at(-1);
  return last === undefined ? 0 : alignUp(last.offset + last.bytes);
}

function placeFrom<S>(
  start: number,
  tensors: readonly (Pick<PlacedTensor, 'name' | 'type' | 'bytes'> & { readonly shape: S })[],
) {
  let offset = start;
  return tensors.map(({ name, type, shape, bytes }) => {
    const placed = { name, type, shape, offset, bytes };
    offset = alignUp(offset + bytes);
    return placed;
  });
}
