/** One of several models whose instances have cores in common. */
export interface TurnTaker {
  /** Whether anything waits. */
  readonly waiting: boolean;
  /** Starts what it can on cores that are free. */
  start(): void;
}

interface Member {
  readonly taker: TurnTaker;
  /** Core-time it had, in ms; where it had nothing to do for a while, as much as the least that others had by then. */
  usedMs: number;
  active: boolean;
}

/**
 * Whose turn it is on cores that several models share: a core runs one model's batch at a time, to its end, and the model that
 * had the least core-time goes first. So a model that is flooded delays another one's request by one batch, not by its queue.
 * Instances of one model don't wait for each other.
 */
export class CoreTurns {
  private readonly members = new Map<TurnTaker, Member>();
  /** By CPU: who runs there, and how many batches. */
  private readonly running: ({ taker: TurnTaker; batches: number } | undefined)[] = [];
  private giving = false;

  /** A model takes part from now on. */
  join(taker: TurnTaker): void {
    this.members.set(taker, { taker, usedMs: this.leastUsedMs(), active: false });
  }

  leave(taker: TurnTaker): void {
    this.members.delete(taker);
  }

  /** Whether there is one model only, which need not wait for its turn. */
  get alone(): boolean {
    return this.members.size === 1;
  }

  /** Whether a model may start a batch on these CPUs now. */
  isFree(taker: TurnTaker, cpus: readonly number[]): boolean {
    for (const cpu of cpus) {
      const here = this.running[cpu];
      if (here !== undefined && here.taker !== taker) return false;
    }
    return true;
  }

  /** A batch begins. */
  take(taker: TurnTaker, cpus: readonly number[]): void {
    for (const cpu of cpus) {
      const here = this.running[cpu];
      if (here === undefined) this.running[cpu] = { taker, batches: 1 };
      else here.batches++;
    }
  }

  /** A batch has ended after so many ms. */
  give(taker: TurnTaker, cpus: readonly number[], ms: number): void {
    for (const cpu of cpus) {
      const here = this.running[cpu];
      if (here !== undefined && --here.batches === 0) this.running[cpu] = undefined;
    }
    const member = this.members.get(taker);
    if (member !== undefined) member.usedMs += ms * Math.max(1, cpus.length);
  }

  /** All start what they can, those first that had the least. */
  next(): void {
    // A model that starts may ask for the next turn itself.
    if (this.giving) return;
    this.giving = true;
    if (this.alone) this.startAlone();
    else this.startInOrder();
    this.giving = false;
  }

  private startAlone(): void {
    for (const member of this.members.values()) {
      member.active = member.taker.waiting;
      if (member.active) member.taker.start();
    }
  }

  private startInOrder(): void {
    const least = this.leastUsedMs();
    for (const member of this.members.values()) {
      const active = member.taker.waiting;
      if (active && !member.active) member.usedMs = Math.max(member.usedMs, least);
      member.active = active;
    }
    const order = [...this.members.values()].filter(({ active }) => active);
    order.sort((a, b) => a.usedMs - b.usedMs);
    for (const { taker } of order) taker.start();
  }

  /** Of those that have something to do; 0 where none has. */
  private leastUsedMs(): number {
    const used = [...this.members.values()].filter(({ active }) => active).map(({ usedMs }) => usedMs);
    return used.length === 0 ? 0 : Math.min(...used);
  }
}
