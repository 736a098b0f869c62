import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Coarse: each look wakes the process up. */
const resolutionMs = 20;
const windowMs = 10_000;

/** How late this process's timers came, in ms, and how busy its one thread was. */
export interface EventLoopView {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  /** 0 … 1. */
  readonly busy: number;
}

/** Watches the event loop of this process: what waits there waits before and after every queue. */
export class EventLoopMeter {
  private readonly delay = monitorEventLoopDelay({ resolution: resolutionMs });
  private before: EventLoopUtilization = performance.eventLoopUtilization();
  private readMs = performance.now();
  private last: EventLoopView = { p50Ms: 0, p99Ms: 0, mostMs: 0, busy: 0 };

  constructor() {
    this.delay.enable();
  }

  /** Watches no more. */
  close(): void {
    this.delay.disable();
  }

  /** Of the last ten seconds or so: of the last window that is over; of the first one while that is not. */
  view(): EventLoopView {
    const elapsedMs = performance.now() - this.readMs;
    if (elapsedMs < windowMs && this.last.mostMs > 0) return this.last;
    const now = performance.eventLoopUtilization();
    this.last = {
      p50Ms: lag(this.delay.percentile(50)),
      p99Ms: lag(this.delay.percentile(99)),
      mostMs: lag(this.delay.max),
      busy: performance.eventLoopUtilization(now, this.before).utilization,
    };
    if (elapsedMs >= windowMs) {
      this.delay.reset();
      this.before = now;
      this.readMs = performance.now();
    }
    return this.last;
  }
}

/** The histogram holds the times between two looks, in ns. */
const lag = (ns: number): number => Math.max(0, ns / 1e6 - resolutionMs);
