import type { Point, PointMode } from '../profile/types.ts';

/**
 * The points that answer a question about so many cores, one for each thread count and batch within them. Of points
 * measured together it is the one on the fewest cores that are enough: plans, charts and tables rest on the same. A
 * failure stands only where nothing was measured; of equals the newest counts.
 */
export function nearestPoints(points: readonly Point[], mode: PointMode, cores: number): Point[] {
  const places = new Map<string, Point>();
  for (const point of points) {
    const { settings } = point;
    if (settings.mode !== mode || settings.threads > cores) continue;
    if (mode === 'together' && settings.cores < cores) continue;
    const place = `${settings.threads} ${settings.batch}`;
    const known = places.get(place);
    if (!known || isNearer(point, known)) places.set(place, point);
  }
  return [...places.values()];
}

function isNearer(point: Point, known: Point): boolean {
  if (point.state !== known.state) return point.state === 'measured';
  const difference = point.settings.cores - known.settings.cores;
  return difference !== 0 ? difference < 0 : point.measuredAt > known.measuredAt;
}
