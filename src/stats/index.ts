export { alongLine, type CurvePoint } from './along-line.ts';
export { clusteredMedianInterval } from './clustered-interval.ts';
export { digamma, trigamma, trigammaInverse } from './gamma.ts';
export {
  effectiveCount,
  type Interval,
  medianInterval,
  overlaps,
  type PairedRatio,
  pairedRatio,
  ranksOf,
  relativeHalfWidth,
} from './median-interval.ts';
export { type Random, seededRandom, shuffled } from './random.ts';
export { type Drift, findDrift, type Modes, splitModes } from './shape.ts';
export { mean, median, mostAbove, quantile, type SortedSamples, sortSamples } from './sorted-samples.ts';
export { studentQuantile, studentTails } from './student-quantile.ts';
