import type { Quantity } from './types.ts';

/** Dimensions whose cells are words. */
export const wordy: ReadonlySet<Quantity> = new Set([
  'model',
  'system',
  'precision',
  'metric',
  'setting',
  'phase',
]);
