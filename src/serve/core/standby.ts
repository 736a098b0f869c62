/** Which instances may stand by: loaded, without work, to take over at once. */
export interface StandbyRule {
  /** What they must leave of the memory that can be had. */
  readonly reserveBytes: number;
  readonly availableBytes: () => number;
  readonly instanceBytes: number;
}

const checkMs = 5000;

/** The instances of a model that stand by, by index, the oldest first. Where memory runs short they go. */
export class Standby {
  private readonly rule: StandbyRule | null;
  private readonly end: (index: number) => void;
  private readonly indexes = new Set<number>();
  private timer: NodeJS.Timeout | undefined;

  /** @param rule Null: none stands by. @param end Ends one that must go. */
  constructor(rule: StandbyRule | null, end: (index: number) => void) {
    this.rule = rule;
    this.end = end;
  }

  get all(): readonly number[] {
    return [...this.indexes];
  }

  /** Instances that memory holds beside a set, those that stand by included. */
  get room(): number {
    const { rule } = this;
    if (rule === null) return 0;
    const more = Math.floor((rule.availableBytes() - rule.reserveBytes) / rule.instanceBytes);
    return Math.max(0, more + this.indexes.size);
  }

  /** Whether an instance that lives already may stand by. */
  get isAllowed(): boolean {
    return this.rule !== null && this.rule.availableBytes() >= this.rule.reserveBytes;
  }

  add(index: number): void {
    this.indexes.add(index);
    this.timer ??= setInterval(() => this.check(), checkMs).unref();
  }

  /** It works again, or is gone. */
  delete(index: number): void {
    this.indexes.delete(index);
    if (this.indexes.size === 0) this.close();
  }

  /** Ends as many as are needed for so much memory, but those that are wanted; says how many. */
  makeRoom(bytes: number, wanted: readonly number[]): number {
    const { rule } = this;
    if (rule === null) return 0;
    let ended = 0;
    for (const index of this.all) {
      if (rule.availableBytes() + ended * rule.instanceBytes >= bytes) break;
      if (wanted.includes(index)) continue;
      this.endOne(index);
      ended++;
    }
    return ended;
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private check(): void {
    const [oldest] = this.indexes;
    if (oldest !== undefined && !this.isAllowed) this.endOne(oldest);
  }

  private endOne(index: number): void {
    this.delete(index);
    this.end(index);
  }
}
