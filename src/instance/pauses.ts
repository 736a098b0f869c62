/** So often it is looked whether others need the CPUs. */
const lookMs = 5;
/** However much others need them, the process goes on for so long … */
const leastMs = 50;
/** … in each stretch of so long. */
const stretchMs = 1000;

/**
 * Stops a process while others need its CPUs, and lets it go on when they don't (SIGSTOP, SIGCONT): for processes that can't be given a low priority
 * because they could not be given the usual one again. Stopped for long, they get a twentieth of the time all the same.
 */
export class Pauses {
  private readonly pid: number;
  private readonly areNeeded: () => boolean;
  private readonly timer: NodeJS.Timeout;
  private stopped = false;
  private beganMs = performance.now();
  private lookedMs = this.beganMs;
  /** In this stretch. */
  private ranMs = 0;

  /** @param areNeeded Whether others need the CPUs now. */
  constructor(pid: number, areNeeded: () => boolean) {
    this.pid = pid;
    this.areNeeded = areNeeded;
    this.timer = setInterval(() => this.look(), lookMs).unref();
  }

  /** It goes on, for good. */
  end(): void {
    clearInterval(this.timer);
    this.set(false);
  }

  private look(): void {
    const now = performance.now();
    if (!this.stopped) this.ranMs += now - this.lookedMs;
    this.lookedMs = now;
    if (now - this.beganMs >= stretchMs) {
      this.beganMs = now;
      this.ranMs = 0;
    }
    this.set(this.ranMs >= leastMs && this.areNeeded());
  }

  private set(stopped: boolean): void {
    if (stopped === this.stopped) return;
    this.stopped = stopped;
    try {
      process.kill(this.pid, stopped ? 'SIGSTOP' : 'SIGCONT');
    } catch {
      clearInterval(this.timer);
    }
  }
}
