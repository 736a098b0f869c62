import type { Model, TensorSpec } from '../../model/index.ts';

/**
 * Whether requests of a model can be batched: the batch is the first dimension of every input and every output, and
 * nowhere else. Then item k of a batch's outputs belongs to item k of its inputs.
 */
export function canBatch({ batchDim, inputs, outputs }: Model): boolean {
  if (batchDim === null) return false;
  const leads = ({ shape, unranked }: TensorSpec): boolean =>
    !unranked && shape[0] === batchDim && !shape.slice(1).includes(batchDim);
  return inputs.every(leads) && outputs.every(leads);
}
