import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Proposal, pressedMs } from '../../adapt/index.ts';
import type { LoadEstimate } from '../../dispatch/index.ts';
import { ThinferError } from '../../errors.ts';
import type { Cell } from '../../plan/index.ts';
import type { ServedModel } from '../core/served-model.ts';
import type { StartedModel } from '../core/start-model.ts';
import type { AdaptView, SetChange } from '../types.ts';
import type { AdaptSetup, Beat, BeatAnswer, ToStrategy } from './messages.ts';
import { Rows } from './rows.ts';

/** How a model's set follows its load. */
export interface AdapterOptions extends AdaptSetup {
  /** The strategy is asked so often. */
  readonly everyMs: number;
  /** Told what stands by from now on. */
  readonly onPrepared: (reason: string) => void;
  /** Told of each change that ends, and of those that fail. */
  readonly onChange: (change: SetChange | null, error: ThinferError | null) => void;
}

/** After a change that failed nothing is proposed for so long; doubles with each further one. */
const firstRestMs = 30_000;
const longestRestMs = 3_600_000;

/** Follows the load of one version of a model, until that is served no more. */
export class Adapter implements AdaptView {
  readonly strategy: AdaptSetup['strategy'];
  estimate: LoadEstimate | null = null;
  private readonly model: StartedModel;
  private readonly options: AdapterOptions;
  private readonly worker: Worker;
  private readonly arrivals = new Rows();
  private readonly cuts = new Rows();
  private readonly timer: NodeJS.Timeout;
  /** The strategy is asked sooner where much waits, if it is one for that. */
  private readonly pressedMs: number;
  private beatMs = 0;
  /** The thread still thinks. */
  private asked = false;
  private failures = 0;
  private restUntilMs = 0;

  constructor(model: StartedModel, options: AdapterOptions) {
    const { onChange: _onChange, onPrepared: _onPrepared, everyMs, ...setup } = options;
    this.strategy = options.strategy;
    this.model = model;
    this.options = options;
    this.pressedMs = options.strategy === 'load' ? pressedMs : Number.POSITIVE_INFINITY;
    const file = new URL(`./adapt-thread${extname(import.meta.url)}`, import.meta.url);
    this.worker = new Worker(file, { workerData: setup });
    this.worker.unref();
    this.worker.on('message', (answer: BeatAnswer) => void this.take(answer));
    this.worker.on('error', (cause) => this.end(ThinferError.from(cause)));
    this.timer = setInterval(() => this.beat(), everyMs).unref();
    model.served.follower = this;
    model.served.ending.signal.addEventListener('abort', () => this.end(null), { once: true });
  }

  /** A request has come. */
  arrived(items: number, nowMs: number, length: number): void {
    this.arrivals.add(nowMs, items, length);
    if (nowMs - this.beatMs >= this.pressedMs && this.served.pressed) this.beat();
  }

  /** Batches have been cut from a queue of so many items. */
  cut(depth: number, nowMs: number): void {
    this.cuts.add(nowMs, depth);
  }

  /** The profile was measured anew: sets are foretold by these cells from now on. */
  takeCells(cells: readonly Cell[]): void {
    this.tell({ type: 'cells', cells });
  }

  private tell(message: ToStrategy): void {
    this.worker.postMessage(message);
  }

  private get served(): ServedModel {
    return this.model.served;
  }

  /** A change is under way that can't be overtaken. */
  private get isBusy(): boolean {
    return this.served.changing !== null && !this.model.loadsPatiently;
  }

  private beat(): void {
    if (this.asked) return;
    this.asked = true;
    const nowMs = performance.now();
    this.beatMs = nowMs;
    const quiet = this.isBusy || nowMs < this.restUntilMs || !this.served.ready;
    const beat: Beat = {
      type: 'beat',
      arrivals: this.arrivals.take(),
      cuts: this.cuts.take(),
      question: quiet
        ? null
        : {
            nowMs,
            groups: this.served.plan.groups,
            waiting: this.served.waitingItems,
            loadCpuMs: this.model.loadCpuMs,
            standby: this.served.standingBy.map(({ threads }) => threads),
            standbyRoom: this.served.standby.room,
            loading: this.model.loadsPatiently,
          },
    };
    this.tell(beat);
  }

  private async take({ proposal, estimate }: BeatAnswer): Promise<void> {
    this.asked = false;
    this.estimate = estimate ?? this.estimate;
    if (proposal !== null && !this.isBusy) await this.change(proposal);
  }

  private async change({ groups, reason, predicted, urgent, prepares }: Proposal): Promise<void> {
    try {
      const keys = this.model.spec.keysFor(groups);
      if (prepares) {
        const isThere = await this.model.prepare({ groups, keys, reason, predicted, urgent, patient: true });
        if (isThere) this.options.onPrepared(reason);
        return;
      }
      const change = await this.model.changeTo({ groups, keys, reason, predicted, urgent, patient: !urgent });
      this.failures = 0;
      this.options.onChange(change, null);
    } catch (thrown) {
      if (this.served.ending.signal.aborted) return;
      const restMs = Math.min(longestRestMs, firstRestMs * 2 ** this.failures++);
      this.restUntilMs = performance.now() + restMs;
      this.options.onChange(null, ThinferError.from(thrown));
    }
  }

  private end(error: ThinferError | null): void {
    clearInterval(this.timer);
    if (this.served.follower === this) this.served.follower = null;
    void this.worker.terminate();
    if (error !== null) this.options.onChange(null, error);
  }
}
