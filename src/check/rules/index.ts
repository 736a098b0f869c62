import type { Rule } from '../types.ts';
import { accuracyAndSeeds } from './accuracy-and-seeds.ts';
import { averageAbove99 } from './average-above-99.ts';
import { effectWithinError } from './effect-within-error.ts';
import { farOffNeighbours } from './far-off-neighbours.ts';
import { globalBatch } from './global-batch.ts';
import { moreThanLinear } from './more-than-linear.ts';
import { orderOfStatistics } from './order-of-statistics.ts';
import { quotientRule } from './quotient.ts';
import { repeatedNumber } from './repeated-number.ts';
import { sameRowDiffers } from './same-row-differs.ts';
import { deviationOfSeeds, meanOfSeeds } from './seeds.ts';
import { summaryOfRows } from './summary-of-rows.ts';
import { swappedHeadings } from './swapped-headings.ts';
import { throughputAndLatency } from './throughput-and-latency.ts';
import { timeAndThroughput } from './time-and-throughput.ts';
import { untrustedPoints } from './untrusted-points.ts';

/** All rules: first what can't be, then what hardly can. */
export const allRules: readonly Rule[] = [
  orderOfStatistics,
  throughputAndLatency,
  globalBatch,
  quotientRule,
  meanOfSeeds,
  deviationOfSeeds,
  summaryOfRows,
  averageAbove99,
  moreThanLinear,
  swappedHeadings,
  repeatedNumber,
  farOffNeighbours,
  sameRowDiffers,
  accuracyAndSeeds,
  timeAndThroughput,
  effectWithinError,
  untrustedPoints,
];
