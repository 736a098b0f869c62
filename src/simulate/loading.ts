import type { ChangeModel } from './types.ts';

/** Instances that are loaded at idle priority: on the cores that serving leaves, one core each at most. */
export class Loading {
  /** When they are ready, if the cores stay as busy as they are. */
  doneMs = 0;
  private readonly instances: number;
  private readonly cores: number;
  private readonly how: ChangeModel;
  private readonly notBeforeMs: number;
  private leftMs: number;
  /** Cores' worth of progress. */
  private speed = 0;
  private nowMs: number;

  constructor(instances: number, cores: number, how: ChangeModel, nowMs: number) {
    this.instances = instances;
    this.cores = cores;
    this.how = how;
    this.leftMs = instances * how.loadCpuMs;
    this.notBeforeMs = nowMs + how.leastMs;
    this.nowMs = nowMs;
  }

  /** Time goes on. */
  advance(nowMs: number): void {
    this.leftMs = Math.max(0, this.leftMs - this.speed * (nowMs - this.nowMs));
    this.nowMs = nowMs;
  }

  /** So many cores are busy with batches from now on. */
  leave(busyCores: number, nowMs: number): void {
    this.speed = Math.min(this.instances, Math.max(this.cores - busyCores, this.how.leastShare));
    // A remainder of rounding is nothing.
    const leftMs = this.leftMs < 1e-6 ? 0 : this.leftMs / this.speed;
    this.doneMs = Math.max(this.notBeforeMs, nowMs + leftMs);
  }
}
