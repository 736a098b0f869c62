import type { SeenLatency, SetChange } from '../types.ts';
import { type Buckets, quantileMs, since } from './log-histogram.ts';

/** What was counted up to a moment. */
export interface LatencySnapshot {
  /** Ms since the epoch. */
  readonly takenMs: number;
  /** Of all requests so far, in buckets, and the sum of them in ns. */
  readonly latency: Buckets;
  readonly sumNs: number;
}

/** The time before a change, and after it, that is looked at. */
export const effectMs = 30_000;
/** Looks are about a second apart: the last of them may come so late. */
const lateMs = 500;

/** A change, and what was counted when it began and when it was over. */
interface Watched {
  readonly change: SetChange;
  readonly began: LatencySnapshot;
  over: LatencySnapshot | null;
}

/** Notes at each change of a set what requests saw in the half minute before it, while it was under way and in the half minute after it. */
export class ChangeEffects {
  private watched: Watched | null = null;
  /** The last change that was seen. */
  private latest: SetChange | null = null;

  /** @param history What was counted, the oldest first; the last is now. */
  tick(changes: readonly SetChange[], history: readonly LatencySnapshot[]): void {
    const now = history.at(-1)!;
    const known = this.latest === null ? -1 : changes.indexOf(this.latest);
    const begun = changes.slice(known + 1);
    // What came since the last look is no more of a change that another one has followed.
    if (this.watched !== null && begun.length === 0) this.follow(this.watched, now);
    for (const change of begun) {
      this.latest = change;
      this.watched = this.begin(change, history);
      this.follow(this.watched, now);
    }
  }

  private begin(change: SetChange, history: readonly LatencySnapshot[]): Watched {
    const before = this.watched;
    const began = history.findLast(({ takenMs }) => takenMs <= change.beganMs) ?? history[0]!;
    const from = history.find(
      ({ takenMs }) =>
        takenMs >= change.beganMs - effectMs && (before === null || takenMs >= (before.over?.takenMs ?? 0)),
    );
    const seen = from === undefined || from.takenMs >= began.takenMs ? null : between(from, began);
    change.effect = { before: seen, during: null, after: null };
    return { change, began, over: null };
  }

  private follow(watched: Watched, now: LatencySnapshot): void {
    const { change, began } = watched;
    const { before, during } = change.effect!;
    if (change.state === 'loading') {
      change.effect = { before, during: between(began, now), after: null };
      return;
    }
    if (watched.over === null) {
      watched.over = now;
      change.effect = { before, during: between(began, now), after: null };
      return;
    }
    if (watched.over.takenMs + effectMs + lateMs >= now.takenMs)
      change.effect = { before, during, after: between(watched.over, now) };
  }
}

/** Null where nothing was answered. */
function between(from: LatencySnapshot, to: LatencySnapshot): SeenLatency | null {
  const counted = since(to.latency, from.latency);
  const requests = counted.reduce((sum, count) => sum + count, 0);
  if (requests === 0) return null;
  return {
    seconds: (to.takenMs - from.takenMs) / 1000,
    requests,
    meanMs: (to.sumNs - from.sumNs) / requests / 1e6,
    p99Ms: quantileMs(counted, 0.99),
  };
}
