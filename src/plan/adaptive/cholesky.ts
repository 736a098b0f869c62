/** A variance below this is taken for one of rounding. */
const leastVariance = 1e-12;

/** The lower triangle whose product with its transpose is `matrix`, a covariance; singular ones are allowed. */
export function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const factor = matrix.map((row) => new Float64Array(row.length));
  for (let i = 0; i < matrix.length; i++)
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i]![j]!;
      for (let k = 0; k < j; k++) rest -= factor[i]![k]! * factor[j]![k]!;
      factor[i]![j] = i === j ? Math.sqrt(Math.max(rest, leastVariance)) : rest / factor[j]![j]!;
    }
  return factor;
}
