import { RandomStream } from '../random.ts';
import type { Weight } from './graph-builder.ts';

/** Where a zoo graph's weights come from. */
export interface WeightSource {
  /** Begins a weight; the result fills one piece after the other, in the stored order. */
  open(weight: Weight): Promise<(piece: Float32Array) => void | Promise<void>>;
}

/** Seeded weights: the same seed gives the same file. */
export function seededWeights(seed = 1): WeightSource {
  return {
    async open({ key, init }) {
      const random = new RandomStream(seed, key);
      return (piece) =>
        init.kind === 'normal'
          ? random.fillNormal(piece, init.mean ?? 0, init.deviation)
          : random.fillUniform(piece, init.low, init.high);
    },
  };
}
