/** Sleeps until each moment of a schedule and wakes the main thread: see `ticker.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TickerData } from './ticker.ts';

const { due, flags } = workerData as TickerData;
const dueMs = new Float64Array(due);
const woken = new Int32Array(flags, 0, 1);
const never = new Int32Array(flags, 4, 1);
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

parentPort?.once('message', (epochMs: number) => {
  for (let next = 0; next < dueMs.length; ) {
    const left = dueMs[next]! + epochMs - nowMs();
    if (left > 0) Atomics.wait(never, 0, 0, left);
    // Before the wake-up: the other thread looks at its clock after that, so what is passed here has come there too.
    const now = nowMs() - epochMs;
    // A wake-up that was not looked at yet covers this moment too.
    if (Atomics.exchange(woken, 0, 1) === 0) parentPort?.postMessage(null);
    while (next < dueMs.length && dueMs[next]! <= now) next++;
  }
});
parentPort?.postMessage(null);
