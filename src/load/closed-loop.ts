import type { Extent } from './arrivals/arrivals.ts';
import type { Outcome } from './outcome.ts';
import type { Traffic } from './traffic.ts';

/** A client whose connection failed waits so long: a server that is gone refuses tens of thousands a second. */
const afterLossMs = 100;

/** What a closed loop is made of. */
export interface ClosedLoop {
  /** Clients, each with one request under way. */
  readonly concurrency: number;
  /** From an answer to the client's next request. */
  readonly thinkMs: number;
  readonly extent: Extent;
  /** Most requests in all. */
  readonly most: number;
}

/**
 * Clients that send, wait for the answer, think, and send again: a slow server is sent less. Resolves when the last client has its
 * last answer, or the signal ends it.
 */
export async function runClosedLoop(
  { concurrency, thinkMs, extent, most }: ClosedLoop,
  traffic: Traffic,
  begin: () => number,
  signal: AbortSignal,
): Promise<void> {
  const { warmupMs, durationMs, requests } = extent;
  begin();
  let total = 0;
  let clients = concurrency;
  const timers = new Set<NodeJS.Timeout>();
  const isOver = (): boolean =>
    total >= most || traffic.sent >= requests || traffic.now() >= warmupMs + durationMs;
  await new Promise<void>((settle) => {
    const stop = (): void => {
      for (const timer of timers) clearTimeout(timer);
      settle();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const later = (ms: number): void => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        act();
      }, ms);
      timers.add(timer);
    };
    const onEnd = (outcome: Outcome): void => {
      const waitMs = Math.max(thinkMs, outcome === 'lost' ? afterLossMs : 0);
      if (waitMs > 0 && !isOver()) later(waitMs);
      else act();
    };
    const act = (): void => {
      if (signal.aborted) return;
      if (isOver()) {
        clients--;
        if (clients === 0) settle();
        return;
      }
      total++;
      traffic.send(null, onEnd);
    };
    for (let client = 0; client < concurrency; client++) act();
  });
}
