import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What the ticker's thread is given. */
export interface TickerData {
  /** Float64: the moments in ms from the start. */
  readonly due: SharedArrayBuffer;
  /** Int32: whether a wake-up is under way, and a place that is only waited at. */
  readonly flags: SharedArrayBuffer;
}

/** More than clocks in ms are rounded by. */
const roundingMs = 1e-3;

/**
 * What the other thread's clock shows beyond this one's, and never less: this thread may be kept waiting between its two looks. A wake-up that
 * came too early would be lost, and with the last one the end of the run.
 */
function offsetMs(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 5; look++) {
    const here = performance.now();
    least = Math.min(least, Number(process.hrtime.bigint()) / 1e6 - here);
  }
  return least + roundingMs;
}

/**
 * Wakes this thread at the moments of a schedule. Timers of Node's event loop are whole milliseconds: half a millisecond late in the
 * middle, as much as many a model takes. A thread that sleeps on a futex is about 0.1 ms late, for a wake-up's cost each.
 */
export class Ticker {
  private readonly worker: Worker;
  private readonly woken: Int32Array;

  private constructor(worker: Worker, woken: Int32Array) {
    this.worker = worker;
    this.woken = woken;
  }

  /** Starts the thread; it ticks after `start`. */
  static async open(dueMs: Float64Array): Promise<Ticker> {
    const due = new SharedArrayBuffer(dueMs.byteLength);
    new Float64Array(due).set(dueMs);
    const flags = new SharedArrayBuffer(8);
    const file = new URL(`./ticker-thread${extname(import.meta.url)}`, import.meta.url);
    const workerData: TickerData = { due, flags };
    const worker = new Worker(file, { workerData });
    await once(worker, 'message');
    return new Ticker(worker, new Int32Array(flags, 0, 1));
  }

  /** @param epochMs The start of the schedule, on the clock of `performance.now()`. @param onTick Some moments have come. */
  start(epochMs: number, onTick: () => void): void {
    this.worker.on('message', () => {
      // Before the clock is read: a moment that comes after that wakes anew.
      Atomics.store(this.woken, 0, 0);
      onTick();
    });
    this.worker.postMessage(epochMs + offsetMs());
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}
