/** A point of a curve that is nearly straight. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/**
 * The value of a curve at any x: straight between the known points and beyond them; through the origin where there is one point.
 *
 * @param known Ascending in x, at least one.
 */
export function alongLine(known: readonly CurvePoint[], x: number): number {
  const at = known.findIndex((point) => point.x >= x);
  const above = known[at < 0 ? known.length - 1 : at]!;
  if (above.x === x || known.length === 1) return (above.y * x) / above.x;
  const below = known[(at < 0 ? known.length - 1 : at) - 1] ?? known[1]!;
  return below.y + ((above.y - below.y) / (above.x - below.x)) * (x - below.x);
}
