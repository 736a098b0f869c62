/** What happened in the last seconds of a run. */
export interface RecentLoad {
  /** Over so long, up to now: up to five seconds and a half. */
  readonly spanMs: number;
  readonly sentPerSecond: number;
  /** Answers, right or wrong. */
  readonly answeredPerSecond: number;
  /** Of those answers, to 2 %; null: none came. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** How late the requests that were sent in it were sent, to 2 %; null: none was. */
  readonly slipP99Ms: number | null;
}

const slotMs = 500;
/** Whole slots that are looked back at, beside the one that is being filled. */
const slots = 10;
/** The bounds of neighbouring bins differ by so much, from a microsecond to some eleven days. */
const growth = 1.02;
const bins = 1400;
const logGrowth = Math.log(growth);

interface Slot {
  /** Which half second of the run it holds. */
  number: number;
  sent: number;
  answered: number;
  readonly latencies: Uint32Array;
  readonly slips: Uint32Array;
}

/** Counts and histograms of the last seconds, for the live view: a request costs two additions to arrays. */
export class Recent {
  private readonly ring: readonly Slot[] = Array.from({ length: slots + 1 }, () => ({
    number: -1,
    sent: 0,
    answered: 0,
    latencies: new Uint32Array(bins),
    slips: new Uint32Array(bins),
  }));

  /** A request is sent at a moment of the run, so much later than it was due. */
  sent(nowMs: number, slipMs: number): void {
    const slot = this.slotAt(nowMs);
    slot.sent++;
    slot.slips[binOf(slipMs)]!++;
  }

  /** An answer has come, so long after its request was due. */
  answered(nowMs: number, latencyMs: number): void {
    const slot = this.slotAt(nowMs);
    slot.answered++;
    slot.latencies[binOf(latencyMs)]!++;
  }

  /** Of the time up to a moment. */
  read(nowMs: number): RecentLoad {
    const now = Math.floor(nowMs / slotMs);
    const held = this.ring.filter(({ number }) => number >= 0 && number <= now && number >= now - slots);
    const spanMs = Math.max(1, nowMs - Math.max(0, now - slots) * slotMs);
    const perSecond = (count: (slot: Slot) => number): number =>
      (1000 * held.reduce((sum, slot) => sum + count(slot), 0)) / spanMs;
    const latencies = sumOf(held.map((slot) => slot.latencies));
    return {
      spanMs,
      sentPerSecond: perSecond(({ sent }) => sent),
      answeredPerSecond: perSecond(({ answered }) => answered),
      p50Ms: quantileOf(latencies, 0.5),
      p99Ms: quantileOf(latencies, 0.99),
      slipP99Ms: quantileOf(sumOf(held.map((slot) => slot.slips)), 0.99),
    };
  }

  private slotAt(nowMs: number): Slot {
    const number = Math.floor(nowMs / slotMs);
    const slot = this.ring[number % this.ring.length]!;
    if (slot.number === number) return slot;
    slot.number = number;
    slot.sent = 0;
    slot.answered = 0;
    slot.latencies.fill(0);
    slot.slips.fill(0);
    return slot;
  }
}

function binOf(ms: number): number {
  if (!(ms > 1e-3)) return 0;
  return Math.min(bins - 1, Math.ceil(Math.log(ms * 1000) / logGrowth));
}

function sumOf(histograms: readonly Uint32Array[]): Uint32Array {
  const sum = new Uint32Array(bins);
  for (const histogram of histograms) for (let bin = 0; bin < bins; bin++) sum[bin]! += histogram[bin]!;
  return sum;
}

/** The upper bound of the bin in which the quantile lies. */
function quantileOf(histogram: Uint32Array, q: number): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = Math.ceil(total * q);
  for (let bin = 0; bin < bins; bin++) {
    left -= histogram[bin]!;
    if (left <= 0) return growth ** bin / 1000;
  }
  return growth ** (bins - 1) / 1000;
}
