import { alongLine, type CurvePoint } from '../../stats/index.ts';

/** A batch size and what a batch of it takes, in ms. */
export interface KnownLatency {
  readonly items: number;
  readonly ms: number;
}

/** A batch that was disturbed tells little of the next: it counts for at most so many times what was expected. */
const mostSurprise = 2;
/** What was slower than measured is half forgotten after so long: else all would be refused that could prove it wrong. */
const halfLifeMs = 1000;
/** Weight of the newest batch in what is expected of the next. */
const newest = 0.2;
/** A new key's first guess is its share of the bytes; it may be wrong by much, so the first batches count for more. */
const learning = 5;

interface Correction {
  /** First guess, which is not forgotten. */
  readonly guess: number;
  factor: number;
  batches: number;
  learnedMs: number;
}

/**
 * What a batch is expected to take on one kind of instance: what was measured before, straight between and beyond it, times how batches of
 * the same shapes turned out lately.
 */
export class LatencyModel {
  private readonly known: readonly CurvePoint[];
  private readonly corrections = new Map<string, Correction>();

  private readonly now: () => number;

  /** @param known At least one. @param now A clock in ms. Default: `performance.now`. */
  constructor(known: readonly KnownLatency[], now: () => number = () => performance.now()) {
    this.now = now;
    this.known = known.map(({ items, ms }) => ({ x: items, y: ms })).sort((a, b) => a.x - b.x);
  }

  /** In ms. */
  expected(items: number, key: string): number {
    const correction = this.corrections.get(key);
    return this.measured(items) * (correction === undefined ? 1 : this.factorOf(correction));
  }

  /** What a run took over what was measured; null for a key whose latencies are a guess. */
  overMeasured(items: number, key: string, ms: number): number | null {
    const guess = this.corrections.get(key)?.guess ?? 1;
    return guess === 1 ? ms / this.measured(items) : null;
  }

  /** First guess for a key: how many times longer than what was measured. Does nothing once one has run. */
  guess(key: string, factor: number): void {
    if (this.corrections.size < mostKeys && !this.corrections.has(key))
      this.corrections.set(key, { guess: factor, factor, batches: 0, learnedMs: this.now() });
  }

  /** A batch has run. */
  learn(items: number, key: string, ms: number): void {
    this.guess(key, 1);
    const correction = this.corrections.get(key);
    if (correction === undefined) return;
    const before = this.factorOf(correction);
    const ratio = ms / this.measured(items);
    const weight = Math.max(newest, correction.batches < learning ? 1 / (correction.batches + 1) : 0);
    const told = correction.batches === 0 ? ratio : Math.min(ratio, mostSurprise * before);
    correction.factor = before + weight * (told - before);
    correction.batches++;
    correction.learnedMs = this.now();
  }

  private factorOf({ guess, factor, learnedMs, batches }: Correction): number {
    const usual = batches === 0 ? guess : Math.min(guess, factor);
    return usual + (factor - usual) * 0.5 ** ((this.now() - learnedMs) / halfLifeMs);
  }

  private measured(items: number): number {
    return Math.max(minMs, alongLine(this.known, items));
  }
}

/** Clients choose sizes, and so keys; those beyond have no correction. */
const mostKeys = 4096;
/** Nothing takes no time. */
const minMs = 0.02;
