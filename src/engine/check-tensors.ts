import { ThinferError } from '../errors.ts';
import type { TensorSpec } from '../model/types.ts';
import { type MemoryTensor, type OutputMemory, type Signature, tensorBytes } from './engine.ts';

/**
 * Checks that tensors are those of a signature: every input once, none that it does not have, types, fixed sizes, and
 * memory of exactly their bytes (any for outputs without a shape). Sizes of outputs are the engine's to check, since
 * models declare them loosely.
 *
 * @throws ThinferError `shape-invalid` with every problem at once, one a line.
 */
export function checkTensors(
  signature: Signature,
  inputs: readonly MemoryTensor[],
  outputs: readonly OutputMemory[] = [],
): void {
  const missing = signature.inputs.filter((spec) => !inputs.some(({ name }) => name === spec.name));
  const problems = [
    ...missing.map(({ name }) => `input "${name}" is missing`),
    ...inputs.flatMap((tensor) => problemsOf('input', tensor, signature.inputs)),
    ...outputs.flatMap((tensor) => problemsOf('output', tensor, signature.outputs)),
  ];
  if (problems.length > 0) throw new ThinferError('shape-invalid', problems.join('\n'));
}

function problemsOf(kind: 'input' | 'output', tensor: OutputMemory, specs: readonly TensorSpec[]): string[] {
  const { name, type, shape, data } = tensor;
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) return [`there is no ${kind} "${name}"`];
  const problems = type === spec.type ? [] : [`${kind} "${name}" is ${spec.type}, not ${type}`];
  if (shape === null) return problems;
  const bytes = tensorBytes(type, shape);
  return [
    ...problems,
    ...(kind === 'output' || fits(shape, spec)
      ? []
      : [`input "${name}" has the shape ${spec.shape.join('x')}, and ${shape.join('x')} does not fit`]),
    ...(type === 'string' || data.length === bytes
      ? []
      : [`${kind} "${name}" of shape ${shape.join('x')} takes ${bytes} bytes, not ${data.length}`]),
  ];
}

/** No sizes at all stand for an unknown number of dimensions too. */
function fits(shape: readonly number[], spec: TensorSpec): boolean {
  if (spec.shape.length === 0) return true;
  if (shape.length !== spec.shape.length) return false;
  return spec.shape.every((dim, axis) => typeof dim === 'string' || dim < 0 || dim === shape[axis]);
}
