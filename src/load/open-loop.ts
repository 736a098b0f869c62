import type { Schedule } from './arrivals/arrivals.ts';
import { Ticker } from './ticker.ts';
import type { PayloadSchedule } from './trace/play-trace.ts';
import type { Traffic } from './traffic.ts';

/**
 * Sends each request of a schedule when it is due, whatever became of those before: a server that stalls meets all that would have come
 * meanwhile. Resolves when the last is sent, or the signal ends it.
 */
export async function runOpenLoop(
  { dueMs, payloads }: Schedule & Partial<PayloadSchedule>,
  traffic: Pick<Traffic, 'now' | 'send'>,
  begin: () => number,
  signal: AbortSignal,
): Promise<void> {
  const ticker = await Ticker.open(dueMs);
  let next = 0;
  try {
    await new Promise<void>((settle) => {
      signal.addEventListener('abort', () => settle(), { once: true });
      if (signal.aborted) return settle();
      ticker.start(begin(), () => {
        for (const now = traffic.now(); next < dueMs.length && dueMs[next]! <= now; next++)
          traffic.send(dueMs[next]!, null, payloads?.[next] ?? null);
        if (next === dueMs.length) settle();
      });
    });
  } finally {
    await ticker.close();
  }
}
