import { type LoadEstimate, noLoad } from './load-estimate.ts';

/** Arrivals are counted in slots of so many ms. */
const slotMs = 100;
/** Slots that are remembered: a minute. */
const remembered = 600;
/** What is estimated from is at least so many slots long, where there are as many. */
const shortest = 10;
/** After a steep rise less is enough: stretches of so many slots, with at least so many requests, … */
const sudden = [2, 3, 5];
const fewestSudden = 30;
/** … that are above what came before them, in so many slots, by so many standard deviations. */
const before = 20;
const steep = 5;
/** Two stretches of time differ when their counts do by so many standard deviations: by chance one comparison in 370. */
const significant = 3;

/**
 * Estimates the load from the longest stretch of recent time, up to a minute, in which it did not change significantly: many arrivals
 * where it is steady, the last second right after a step. Knows no clock; times that run backwards count as the latest one seen.
 */
export class LoadEstimator {
  private readonly requests = new Float64Array(remembered);
  private readonly items = new Float64Array(remembered);
  /** Of all items. */
  private readonly lengths = new Float64Array(remembered);
  /** When the first slot began; null before the first call. */
  private originMs: number | null = null;
  /** Number of the slot that is being filled. */
  private slot = 0;
  /** Slots that are complete, up to those remembered. */
  private complete = 0;

  /** A request has come. @param length Of each item, over the usual one. */
  arrived(items: number, nowMs: number, length = 1): void {
    this.advance(nowMs);
    const at = this.slot % remembered;
    this.requests[at]!++;
    this.items[at]! += items;
    this.lengths[at]! += items * length;
  }

  /** What is to be expected, as far as is known at this moment. */
  estimate(nowMs: number): LoadEstimate {
    this.advance(nowMs);
    if (this.complete === 0) return noLoad;
    const length = this.risen() ?? this.steady();
    const { requests, items, lengths, variance } = this.part(0, length);
    if (requests === 0) return { ...noLoad, windowMs: length * slotMs };
    return {
      requestsPerSecond: requests / ((length * slotMs) / 1000),
      itemsPerRequest: items / requests,
      itemLength: lengths / items,
      burstiness: length < shortest ? 1 : variance / (requests / length),
      windowMs: length * slotMs,
    };
  }

  /** Slots of the longest stretch without a change. */
  private steady(): number {
    let length = Math.min(shortest, this.complete);
    while (length < this.complete) {
      const longer = Math.min(2 * length, this.complete);
      if (this.differs(this.part(0, length), this.part(length, longer))) break;
      length = longer;
    }
    return length;
  }

  /** Slots since a steep rise, where there was one within the last second. */
  private risen(): number | null {
    for (const slots of sudden) {
      const newer = this.part(0, slots);
      if (newer.requests < fewestSudden || slots + before > this.complete) continue;
      const { expected, deviation } = chance(newer, this.part(slots, slots + before));
      if (newer.requests > expected + steep * deviation) return slots;
    }
    return null;
  }

  /** Whether the rate of requests, or the items of each, or their lengths, changed from one stretch to the other by more than chance does. */
  private differs(newer: Part, older: Part): boolean {
    if (newer.requests + older.requests === 0) return false;
    const { expected, deviation } = chance(newer, older);
    if (Math.abs(newer.requests - expected) > significant * deviation) return true;
    return (
      ratesDiffer(newer, older, ({ items, requests }) => items / requests) ||
      ratesDiffer(newer, older, ({ lengths, items }) => lengths / items)
    );
  }

  /** Completed slots from `from` to before `to`, counted backwards from the newest. */
  private part(from: number, to: number): Part {
    let requests = 0;
    let squares = 0;
    let items = 0;
    let lengths = 0;
    for (let back = from; back < to; back++) {
      const at = (this.slot - 1 - back + remembered) % remembered;
      requests += this.requests[at]!;
      squares += this.requests[at]! ** 2;
      items += this.items[at]!;
      lengths += this.lengths[at]!;
    }
    const slots = to - from;
    const mean = requests / slots;
    return { slots, requests, items, lengths, variance: Math.max(0, squares / slots - mean ** 2) };
  }

  /** Empties the slots that time has passed over. */
  private advance(nowMs: number): void {
    if (!Number.isFinite(nowMs)) return;
    this.originMs ??= nowMs;
    const slot = Math.floor((nowMs - this.originMs) / slotMs);
    if (slot <= this.slot) return;
    const passed = slot - this.slot;
    // The slot that is being filled is none of those remembered.
    this.complete = Math.min(remembered - 1, this.complete + passed);
    for (let step = Math.max(1, passed - remembered + 1); step <= passed; step++) {
      const at = (this.slot + step) % remembered;
      this.requests[at] = 0;
      this.items[at] = 0;
      this.lengths[at] = 0;
    }
    this.slot = slot;
  }
}

/** A stretch of time. */
interface Part {
  readonly slots: number;
  readonly requests: number;
  readonly items: number;
  readonly lengths: number;
  /** Of the requests in a slot. */
  readonly variance: number;
}

/** How many requests are expected in the newer stretch if both have the same rate, and the standard deviation of that. */
function chance(newer: Part, older: Part): { readonly expected: number; readonly deviation: number } {
  const all = newer.requests + older.requests;
  const slots = newer.slots + older.slots;
  // Within each stretch, so that a step from one to the other does not hide itself.
  const within = (newer.variance * newer.slots + older.variance * older.slots) / all;
  return {
    expected: (all * newer.slots) / slots,
    deviation: Math.sqrt((Math.max(1, within) * all * newer.slots * older.slots) / slots ** 2),
  };
}

/** Requests get larger, or longer, or less so, by more than this factor. */
const sizeFactor = 1.5;
/** Fewer requests say nothing of their size. */
const fewRequests = 20;

function ratesDiffer(newer: Part, older: Part, of: (part: Part) => number): boolean {
  if (newer.requests < fewRequests || older.requests < fewRequests) return false;
  const ratio = of(newer) / of(older);
  return ratio > sizeFactor || ratio < 1 / sizeFactor;
}
