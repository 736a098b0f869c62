/** Requests that came. */
export interface RecentStream {
  /** In ms from the first. */
  readonly arrivedMs: Float64Array;
  readonly items: Float64Array;
  /** Of each one's items, over the usual length; left out where all had that. */
  readonly lengths?: Float64Array;
}

/** Requests that are remembered, and for how long. */
const mostRequests = 20_000;
const longestMs = 600_000;

/** The last requests, at most ten minutes of them. */
export class Recent {
  private readonly arrivedMs = new Float64Array(mostRequests);
  private readonly items = new Float64Array(mostRequests);
  private readonly lengths = new Float64Array(mostRequests);
  /** Whether any had another length than the usual one. */
  private hasLengths = false;
  private count = 0;

  arrived(items: number, nowMs: number, length = 1): void {
    const at = this.count++ % mostRequests;
    this.arrivedMs[at] = nowMs;
    this.items[at] = items;
    this.lengths[at] = length;
    this.hasLengths ||= length !== 1;
  }

  /** Those of the last ten minutes, in their order, as a stream that begins at 0. */
  stream(nowMs: number): RecentStream {
    const kept = Math.min(this.count, mostRequests);
    const arrivedMs = new Float64Array(kept);
    const items = new Float64Array(kept);
    const lengths = new Float64Array(kept);
    let length = 0;
    for (let back = kept; back > 0; back--) {
      const at = (this.count - back) % mostRequests;
      if (nowMs - this.arrivedMs[at]! > longestMs) continue;
      arrivedMs[length] = this.arrivedMs[at]!;
      lengths[length] = this.lengths[at]!;
      items[length++] = this.items[at]!;
    }
    const origin = arrivedMs[0] ?? 0;
    return {
      arrivedMs: arrivedMs.subarray(0, length).map((ms) => ms - origin),
      items: items.subarray(0, length),
      ...(this.hasLengths ? { lengths: lengths.subarray(0, length) } : {}),
    };
  }
}

/** The end of a stream, as one that begins at 0. */
export function endOf({ arrivedMs, items, lengths }: RecentStream, requests: number): RecentStream {
  const from = Math.max(0, arrivedMs.length - requests);
  const origin = arrivedMs[from] ?? 0;
  return {
    arrivedMs: arrivedMs.subarray(from).map((ms) => ms - origin),
    items: items.subarray(from),
    ...(lengths === undefined ? {} : { lengths: lengths.subarray(from) }),
  };
}
