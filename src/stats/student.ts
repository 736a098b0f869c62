import { mean } from './sorted-samples.ts';

/** Two-sided 95 % points of Student's t for 1, 2, … 30 degrees of freedom. */
const student = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12,
  2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]; // biome-ignore format: a table

/** The half width of a mean's 95 % interval from n values, by Student's t; infinite for one value. */
export function studentHalfWidth(values: readonly number[]): number {
  const n = values.length;
  if (n < 2) return Number.POSITIVE_INFINITY;
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1);
  return (student[n - 2] ?? 1.96 + 2.4 / (n - 1)) * Math.sqrt(variance / n);
}
