import type { MemoryTensor, OutputShape, Signature } from './engine.ts';

/** Sizes of the free dimensions by name, as given inputs have them. */
export function dimsOf(signature: Signature, inputs: readonly MemoryTensor[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const spec of signature.inputs) {
    const shape = inputs.find(({ name }) => name === spec.name)?.shape ?? [];
    spec.shape.forEach((dim, axis) => {
      const size = shape[axis];
      if (typeof dim === 'string' && dim !== '' && size !== undefined) sizes.set(dim, size);
    });
  }
  return sizes;
}

/**
 * Shapes of a signature's outputs at given inputs, in the signature's order. An output with a dimension that is neither a
 * number nor the name of an input's may depend on the inputs' values: its shape is null.
 */
export function outputShapes(signature: Signature, inputs: readonly MemoryTensor[]): OutputShape[] {
  const sizes = dimsOf(signature, inputs);
  return signature.outputs.map(({ name, type, shape: dims, unranked }) => {
    const shape = dims.flatMap((dim) => (typeof dim === 'number' ? dim : (sizes.get(dim) ?? [])));
    return { name, type, shape: unranked || shape.length < dims.length ? null : shape };
  });
}
