/** A batch size and what a batch of it takes, in ms. */
export interface KnownLatency {
  readonly items: number;
  readonly ms: number;
}

/** Weight of the newest batch in what is expected of the next. */
const newest = 0.2;
/** A new key's first guess is its share of the bytes; it may be wrong by much, so the first batches count for more. */
const learning = 5;

interface Correction {
  factor: number;
  batches: number;
}

/**
 * What a batch is expected to take on one kind of instance: what was measured before, straight between and beyond it, times how batches of
 * the same shapes turned out lately.
 */
export class LatencyModel {
  private readonly known: readonly KnownLatency[];
  private readonly corrections = new Map<string, Correction>();

  /** @param known At least one. */
  constructor(known: readonly KnownLatency[]) {
    this.known = [...known].sort((a, b) => a.items - b.items);
  }

  /** In ms. */
  expected(items: number, key: string): number {
    return this.measured(items) * (this.corrections.get(key)?.factor ?? 1);
  }

  /** First guess for a key: how many times longer than what was measured. Does nothing once one has run. */
  guess(key: string, factor: number): void {
    if (this.corrections.size < 4096 && !this.corrections.has(key))
      this.corrections.set(key, { factor, batches: 0 });
  }

  /** A batch has run. */
  learn(items: number, key: string, ms: number): void {
    const correction = this.corrections.get(key);
    if (correction === undefined) {
      this.guess(key, 1);
      if (this.corrections.has(key)) this.learn(items, key, ms);
      return;
    }
    correction.batches++;
    const weight = Math.max(newest, correction.batches <= learning ? 1 / (correction.batches + 1) : 0);
    correction.factor += weight * (ms / this.measured(items) - correction.factor);
  }

  private measured(items: number): number {
    const at = this.known.findIndex((one) => one.items >= items);
    const above = this.known[at < 0 ? this.known.length - 1 : at]!;
    if (above.items === items || this.known.length === 1)
      return Math.max(minMs, (above.ms * items) / above.items);
    const below = this.known[(at < 0 ? this.known.length - 1 : at) - 1] ?? this.known[1]!;
    const slope = (above.ms - below.ms) / (above.items - below.items);
    return Math.max(minMs, below.ms + slope * (items - below.items));
  }
}

/** Nothing takes no time. */
const minMs = 0.02;
