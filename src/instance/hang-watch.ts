/**
 * Tells when what is awaited takes too long. One timer serves all that is awaited in turn, and is set again only when it goes off: a
 * run takes a tenth of a millisecond, and a timer for each would be a part of that.
 */
export class HangWatch {
  private readonly onHang: (hangMs: number) => void;
  private timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, and when what is awaited is too late; moments of `performance.now()`. */
  private firesMs = Number.POSITIVE_INFINITY;
  private dueMs = Number.POSITIVE_INFINITY;
  private hangMs = 0;

  /** @param onHang Called once for what took longer than `hangMs`. */
  constructor(onHang: (hangMs: number) => void) {
    this.onHang = onHang;
  }

  /** Something is awaited from now on; nothing else is. */
  begin(hangMs: number): void {
    this.hangMs = hangMs;
    this.dueMs = performance.now() + hangMs;
    if (this.dueMs < this.firesMs) this.arm(hangMs);
  }

  /** It has come. */
  end(): void {
    this.dueMs = Number.POSITIVE_INFINITY;
  }

  /** Nothing will be awaited any more. */
  stop(): void {
    clearTimeout(this.timer);
    this.end();
  }

  private arm(ms: number): void {
    clearTimeout(this.timer);
    this.firesMs = performance.now() + ms;
    // Whoever is awaited keeps the process alive.
    this.timer = setTimeout(() => this.look(), Math.ceil(ms)).unref();
  }

  private look(): void {
    this.firesMs = Number.POSITIVE_INFINITY;
    if (this.dueMs === Number.POSITIVE_INFINITY) return;
    const leftMs = this.dueMs - performance.now();
    if (leftMs > 0) {
      this.arm(leftMs);
      return;
    }
    // This process may have stood still itself, and the answer lie there unread: what has come by now is read before the verdict.
    setImmediate(() => this.judge());
  }

  private judge(): void {
    if (performance.now() < this.dueMs) {
      if (this.dueMs < this.firesMs) this.arm(this.dueMs - performance.now());
      return;
    }
    this.end();
    this.onHang(this.hangMs);
  }
}
