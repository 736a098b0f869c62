import { alongLine, type CurvePoint } from '../../stats/index.ts';

/** A batch size and what a batch of it takes, in ms. */
export interface KnownLatency {
  readonly items: number;
  readonly ms: number;
  /** What the items were long; default 0: they have no length, or the usual one. */
  readonly length?: number;
}

/** A batch that was disturbed tells little of the next: it counts for at most so many times what was expected. */
const mostSurprise = 2;
/** What was slower than measured is half forgotten after so long: else all would be refused that could prove it wrong. */
const halfLifeMs = 1000;
/** Weight of the newest batch in what is expected of the next. */
const newest = 0.2;
/** A new key's first guess is its share of the bytes; it may be wrong by much, so the first batches count for more. */
const learning = 5;

/** What was measured at one length. */
interface Curve {
  readonly length: number;
  readonly points: readonly CurvePoint[];
}

interface Correction {
  /** First guess, which is not forgotten. */
  readonly guess: number;
  factor: number;
  batches: number;
  learnedMs: number;
}

/**
 * What a batch is expected to take on one kind of instance: what was measured before, straight between and beyond it, times how batches of
 * the same shapes turned out lately. Of lengths beyond all that were measured it takes as many times longer as they are.
 */
export class LatencyModel {
  /** By ascending length. */
  private readonly curves: readonly Curve[];
  private readonly corrections = new Map<string, Correction>();

  private readonly now: () => number;

  /** @param known At least one. @param now A clock in ms. Default: `performance.now`. */
  constructor(known: readonly KnownLatency[], now: () => number = () => performance.now()) {
    this.now = now;
    this.curves = [...Map.groupBy(known, ({ length = 0 }) => length)]
      .map(([length, own]) => ({ length, points: pointsOf(own) }))
      .sort((a, b) => a.length - b.length);
  }

  /** In ms. @param length What the batch is padded to; 0: it has no length, or the usual one. */
  expected(items: number, key: string, length = 0): number {
    const correction = this.corrections.get(kindOf(key, length)) ?? this.corrections.get(key);
    return this.measured(items, length) * (correction === undefined ? 1 : this.factorOf(correction));
  }

  /** What a run took over what was measured; null for a key or a length whose latencies are a guess. */
  overMeasured({ items, key, length, ms }: Run): number | null {
    if (length !== 0 && this.curves.every((curve) => curve.length !== length)) return null;
    const guess = this.corrections.get(kindOf(key, length))?.guess ?? 1;
    return guess === 1 ? ms / this.measured(items, length) : null;
  }

  /** First guess for a key: how many times longer than what was measured. Does nothing once one has run. */
  guess(key: string, factor: number): void {
    if (this.corrections.size < mostKeys && !this.corrections.has(key))
      this.corrections.set(key, { guess: factor, factor, batches: 0, learnedMs: this.now() });
  }

  /** A batch has run. */
  learn({ items, key, length, ms }: Run): void {
    const kind = kindOf(key, length);
    this.guess(kind, this.corrections.get(key)?.guess ?? 1);
    const correction = this.corrections.get(kind);
    if (correction === undefined) return;
    const before = this.factorOf(correction);
    const ratio = ms / this.measured(items, length);
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

  private measured(items: number, length: number): number {
    return Math.max(minMs, this.atLength(items, length));
  }

  /** Between two lengths that were measured, straight. */
  private atLength(items: number, length: number): number {
    const { curves } = this;
    const [first] = curves;
    const last = curves.at(-1)!;
    const at = (curve: Curve): number => alongLine(curve.points, items);
    if (length === 0 || last.length === 0) return at(last);
    if (length <= first!.length) return (at(first!) * length) / first!.length;
    if (length >= last.length) return (at(last) * length) / last.length;
    const upper = curves.findIndex((curve) => curve.length >= length);
    const [below, above] = [curves[upper - 1]!, curves[upper]!];
    const share = (length - below.length) / (above.length - below.length);
    return at(below) + share * (at(above) - at(below));
  }
}

/** A batch that has run. */
export interface Run {
  readonly items: number;
  readonly key: string;
  /** What it was padded to; 0: it has no length. */
  readonly length: number;
  readonly ms: number;
}

const pointsOf = (known: readonly KnownLatency[]): CurvePoint[] =>
  known.map(({ items, ms }) => ({ x: items, y: ms })).sort((a, b) => a.x - b.x);

/** Batches that learn from each other: of one key, and of about the same length, which ends a fifth above where it begins. */
const kindOf = (key: string, length: number): string =>
  length === 0 ? key : `${key}~${Math.round(4 * Math.log2(length))}`;

/** Clients choose sizes, and so keys; those beyond have no correction. */
const mostKeys = 4096;
/** Nothing takes no time. */
const minMs = 0.02;
