/** Weight of the newest queue depth. */
const weight = 0.1;
/** Estimates of which the commonest counts. */
const kept = 10;

/**
 * Estimates the batch size as Packrat does (ICML 2025): an exponentially weighted mean of the queue's depth, rounded down to a power of two; of
 * the last ten such estimates, one each second, the commonest.
 */
export class PackratEstimator {
  private depth: number | null = null;
  private readonly last: number[] = [];

  /** The depth of the queue when a batch was cut, in items. */
  observe(depth: number): void {
    if (!(depth >= 0) || depth === Number.POSITIVE_INFINITY) return;
    this.depth = this.depth === null ? depth : weight * depth + (1 - weight) * this.depth;
  }

  /** To be called once a second: the batch that is to be expected; null before anything was seen. */
  check(): number | null {
    if (this.depth === null) return null;
    this.last.push(2 ** Math.floor(Math.log2(Math.max(1, this.depth))));
    if (this.last.length > kept) this.last.shift();
    return commonest(this.last);
  }
}

/** Of those that are equally common, the one that came last. */
function commonest(values: readonly number[]): number {
  const counts = new Map<number, number>();
  let best = values.at(-1)!;
  for (const value of values) {
    const count = (counts.get(value) ?? 0) + 1;
    counts.set(value, count);
    if (count >= (counts.get(best) ?? 0)) best = value;
  }
  return best;
}
