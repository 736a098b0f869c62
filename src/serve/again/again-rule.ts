/** What is seen of the server at one moment. */
export interface AgainLook {
  /** Moment of a clock in ms. */
  readonly nowMs: number;
  /** Whether it is a quiet hour. */
  readonly isQuietHour: boolean;
  /** Whether some request waits for an instance. */
  readonly waits: boolean;
  /** Whether some set is being changed. */
  readonly changes: boolean;
  /** Core-time that batches have taken since the start, in ms. */
  readonly busyCoreMs: number;
}

/** While measuring may begin, no more than this share of the cores is busy with batches. */
const mostShareBefore = 0.1;
/** Beyond this share it is broken off. */
const mostShareDuring = 0.25;
/** … of the last so many ms. */
const duringMs = 10_000;

/** When a model may be measured while it is served, and when that is broken off; from looks at the server, a few a second. */
export class AgainRule {
  private readonly cores: number;
  private readonly calmMs: number;
  /** Of the last `calmMs` or `duringMs`, and one before that. */
  private looks: AgainLook[] = [];

  /** @param calmMs For so long there has to be little load before measuring begins. */
  constructor({ cores, calmMs }: { readonly cores: number; readonly calmMs: number }) {
    this.cores = cores;
    this.calmMs = calmMs;
  }

  note(look: AgainLook): void {
    this.looks.push(look);
    const sinceMs = look.nowMs - Math.max(this.calmMs, duringMs);
    while (this.looks.length > 1 && this.looks[1]!.nowMs <= sinceMs) this.looks.shift();
  }

  /** Forgets what was seen: another calm stretch has to come first. */
  restart(): void {
    this.looks = [];
  }

  /** Whether it is a quiet hour with little load for long enough. */
  get mayBegin(): boolean {
    const last = this.looks.at(-1);
    if (last === undefined || last.waits || this.breakOff !== null) return false;
    if (last.nowMs - this.looks[0]!.nowMs < this.calmMs) return false;
    return this.shareOver(this.calmMs) <= mostShareBefore;
  }

  /** Why measuring is to end now; null: it may go on. */
  get breakOff(): string | null {
    const [before, last] = this.looks.slice(-2);
    if (last === undefined) return null;
    if (!last.isQuietHour) return 'the quiet hours are over';
    if (last.changes) return 'a set of instances is being changed';
    // One that has just come, and will be taken at once, is no queue.
    if (last.waits && before!.waits) return 'requests wait';
    const share = this.shareOver(duringMs);
    return share > mostShareDuring ? `batches keep ${Math.round(100 * share)} % of the cores busy` : null;
  }

  /** Share of the cores that was busy with batches; 0 where too little was seen. A model that was unloaded takes its time with it. */
  private shareOver(spanMs: number): number {
    const last = this.looks.at(-1)!;
    const first = this.looks.findLast(({ nowMs }) => nowMs <= last.nowMs - spanMs) ?? this.looks[0]!;
    const elapsedMs = last.nowMs - first.nowMs;
    return elapsedMs === 0 ? 0 : Math.max(0, last.busyCoreMs - first.busyCoreMs) / elapsedMs / this.cores;
  }
}
