import type { Stream } from '../simulate/index.ts';

/** Requests that are remembered, and for how long. */
const mostRequests = 4000;
const longestMs = 600_000;

/** The last requests, at most ten minutes of them. */
export class Recent {
  private readonly arrivedMs = new Float64Array(mostRequests);
  private readonly items = new Float64Array(mostRequests);
  private count = 0;

  arrived(items: number, nowMs: number): void {
    const at = this.count++ % mostRequests;
    this.arrivedMs[at] = nowMs;
    this.items[at] = items;
  }

  /** Those of the last ten minutes, in their order, as a stream that begins at 0. */
  stream(nowMs: number): { readonly arrivedMs: Float64Array; readonly items: Float64Array } {
    const kept = Math.min(this.count, mostRequests);
    const arrivedMs = new Float64Array(kept);
    const items = new Float64Array(kept);
    let length = 0;
    for (let back = kept; back > 0; back--) {
      const at = (this.count - back) % mostRequests;
      if (nowMs - this.arrivedMs[at]! > longestMs) continue;
      arrivedMs[length] = this.arrivedMs[at]!;
      items[length++] = this.items[at]!;
    }
    const origin = arrivedMs[0] ?? 0;
    return {
      arrivedMs: arrivedMs.subarray(0, length).map((ms) => ms - origin),
      items: items.subarray(0, length),
    };
  }
}

/** The end of a stream, as one that begins at 0. */
export function endOf({ arrivedMs, items }: Required<Stream>, requests: number): Required<Stream> {
  const from = Math.max(0, arrivedMs.length - requests);
  const origin = arrivedMs[from] ?? 0;
  return {
    arrivedMs: Float64Array.from(
      { length: arrivedMs.length - from },
      (_, at) => arrivedMs[from + at]! - origin,
    ),
    items: Float64Array.from({ length: arrivedMs.length - from }, (_, at) => items[from + at]!),
  };
}
