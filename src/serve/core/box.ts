/** A part of a tensor that begins where it begins: its rows lie apart, each in one piece. */
export interface Box {
  /** Of one row, in elements. */
  readonly rowLength: number;
  /** Where each row begins in the whole tensor, in elements, in order. */
  readonly rowsAt: readonly number[];
}

/**
 * Where the rows of a part lie.
 *
 * @param shape Of the whole tensor.
 * @param part Its shape: as many dimensions, none larger.
 */
export function boxOf(shape: readonly number[], part: readonly number[]): Box {
  let axis = shape.length - 1;
  while (axis > 0 && part[axis] === shape[axis]) axis--;
  const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
  let rowsAt = [0];
  for (let outer = 0; outer < axis; outer++) {
    const stride = product(shape.slice(outer + 1));
    rowsAt = rowsAt.flatMap((at) => Array.from({ length: part[outer]! }, (_, index) => at + index * stride));
  }
  return { rowLength: product(part.slice(axis)), rowsAt };
}
