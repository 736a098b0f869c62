import { ThinferError } from '../../errors.ts';
import type { Chunks } from '../chunks.ts';

/**
 * Where each item of a serialised `BYTES` tensor begins, and where the last one ends. Throws `request-invalid` where the bytes are not
 * exactly so many elements.
 */
export function stringOffsets(
  data: Chunks,
  {
    items,
    perItem,
    name,
    model,
  }: { readonly items: number; readonly perItem: number; readonly name: string; readonly model: string },
): number[] {
  const bytes = data.join();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets = [0];
  let at = 0;
  for (let element = 0; element < items * perItem; element++) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (end > bytes.length)
      throw new ThinferError(
        'request-invalid',
        `incomplete string data for inference input '${name}' for model '${model}': ${element} of ${items * perItem} elements in ${bytes.length} bytes`,
      );
    at = end;
    if ((element + 1) % perItem === 0) offsets.push(at);
  }
  if (at !== bytes.length)
    throw new ThinferError(
      'request-invalid',
      `unexpected ${bytes.length - at} bytes behind the ${items * perItem} elements of inference input '${name}' for model '${model}'`,
    );
  return offsets;
}
