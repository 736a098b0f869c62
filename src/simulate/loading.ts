import type { ChangeModel } from './types.ts';

/** What one instance that is loaded takes of a core that a batch runs on, once patience is over, and how many times longer the batch takes. */
const fairShare = 0.5;
const fairSlowdown = 2;

/** Instances that are loaded at idle priority, on the cores that serving leaves, one core each at most; when patience is over, at the usual one. */
export class Loading {
  /** When they are ready, if the cores stay as busy as they are, or when patience is over, whichever is first. */
  nextMs = 0;
  private readonly instances: number;
  private readonly cores: number;
  private readonly how: ChangeModel;
  private readonly notBeforeMs: number;
  private patientUntilMs: number;
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
    this.patientUntilMs = nowMs + how.patienceMs;
    this.nowMs = nowMs;
  }

  /** Whether all are ready. */
  get done(): boolean {
    // A remainder of rounding is nothing.
    return this.leftMs < 1e-6 && this.nowMs >= this.notBeforeMs;
  }

  /** How many times longer batches take that begin now. */
  get slowdown(): number {
    return this.impatient ? fairSlowdown : this.how.slowdown(this.speed);
  }

  /** Patience is over: too much waits for the old set. */
  hurry(): void {
    this.patientUntilMs = Math.min(this.patientUntilMs, this.nowMs);
  }

  /** Time goes on. */
  advance(nowMs: number): void {
    this.leftMs = Math.max(0, this.leftMs - this.speed * (nowMs - this.nowMs));
    this.nowMs = nowMs;
  }

  /** So many cores are busy with batches from now on. */
  leave(busyCores: number): void {
    const least = this.impatient ? fairShare * this.instances : this.how.leastShare;
    this.speed = Math.min(this.instances, Math.max(this.cores - busyCores, least));
    const leftMs = this.leftMs < 1e-6 ? 0 : this.leftMs / this.speed;
    const doneMs = Math.max(this.notBeforeMs, this.nowMs + leftMs);
    this.nextMs = this.impatient ? doneMs : Math.min(doneMs, this.patientUntilMs);
  }

  /** It takes its part, whatever serving needs. */
  get impatient(): boolean {
    return this.nowMs >= this.patientUntilMs;
  }
}
