import { ThinferError } from '../../errors.ts';
import type { InstanceKey } from '../../instance/index.ts';
import { residentBytes } from '../../machine/index.ts';
import type { Model } from '../../model/index.ts';
import type { BatchFacts, InstanceView } from '../types.ts';
import type { RunAnswer, RunBatch } from './served-instance.ts';
import { ServedInstance } from './served-instance.ts';
import type { Supervision } from './supervision.ts';
import { checkEqualAnswers, type WarmUp, type WarmUpOptions, warmUp } from './warm-up.ts';

/** A place for an instance: its CPUs and settings. */
export interface PlaceOptions {
  readonly index: number;
  readonly key: InstanceKey;
  readonly model: Model;
  /** Most items of one batch. */
  readonly largestBatch: number;
  readonly warmUp: WarmUpOptions;
  readonly supervision: Supervision;
  /** The instance lives again. */
  readonly onJoin: () => void;
  /** The instance was lost while nothing ran on it. */
  readonly onLose: (why: ThinferError) => void;
  /** Something that the operator should know. */
  readonly onEvent: (event: PlaceEvent) => void;
}

/** What happened to an instance. */
export interface PlaceEvent {
  /** `refused`: the engine would not run a batch; the instance lives on. */
  readonly type: 'started' | 'lost' | 'leaking' | 'start-failed' | 'refused';
  readonly index: number;
  readonly pid: number | null;
  readonly message: string;
  /** Ids of the requests in the batch that was run, where there was one; the first of them if there are many. */
  readonly requests?: readonly string[];
  /** How many there were. */
  readonly requestCount?: number;
}

/** Ids that an event names. */
const mostNamed = 16;

/** One place of a plan: keeps an instance alive there. */
export class Place {
  readonly options: PlaceOptions;
  private served: ServedInstance | null = null;
  private state: InstanceView['state'] = 'starting';
  private closed = false;
  private restarts = 0;
  private failures = 0;
  private startedMs = 0;
  private lastFailure: string | null = null;
  private baselineBytes = 0;
  private retryTimer: NodeJS.Timeout | undefined;
  private watchTimer: NodeJS.Timeout | undefined;
  private reference: WarmUp['answer'] | null = null;
  /** Items of the batches under way. */
  private running = 0;
  private endedMs = 0;
  private batches = 0;
  private items = 0;
  private busyMs = 0;
  private readonly ending = new AbortController();
  private retiring = false;
  private emptied: (() => void) | null = null;
  private leak: ThinferError | null = null;

  constructor(options: PlaceOptions) {
    this.options = options;
  }

  /** Starts the first instance here; throws where that fails. @param reference The first instance's answer, to be equalled; null: this is the first. */
  async start(reference: Promise<WarmUp['answer']> | null): Promise<WarmUp> {
    const { served, warm } = await this.launch(reference);
    this.take(served);
    return warm;
  }

  get view(): InstanceView {
    const { index, key, largestBatch } = this.options;
    return {
      index,
      pid: this.served?.instance.pid ?? null,
      cpus: key.cpus,
      threads: key.settings.threads ?? 0,
      largestBatch,
      state: this.state,
      restarts: this.restarts,
      running: this.running,
      batches: this.batches,
      items: this.items,
      busyMs: this.busyMs,
      lastFailure: this.lastFailure,
    };
  }

  /** What a request's trace says of where it ran. */
  get facts(): Pick<BatchFacts, 'instance' | 'pid' | 'cpus'> {
    const { index, key } = this.options;
    return { instance: index, pid: this.served?.instance.pid ?? null, cpus: key.cpus };
  }

  /** The engine would not run a batch, and can go on. */
  tellRefused(why: ThinferError, requests: readonly string[]): void {
    this.say('refused', this.served?.instance.pid ?? null, why.message, requests);
  }

  /** Whether a batch may be sent while another one runs. */
  get queues(): boolean {
    return this.served?.queues ?? false;
  }

  /** Runs a batch. Throws what went wrong; `alive` says afterwards whether the instance can go on. */
  async run(batch: RunBatch): Promise<RunAnswer> {
    const { served } = this;
    if (served === null) throw new ThinferError('instance-failed', 'the instance is gone');
    this.state = 'busy';
    this.running += batch.items;
    const beganMs = performance.now();
    try {
      return await served.run(batch);
    } finally {
      this.batches++;
      this.items += batch.items;
      const endedMs = performance.now();
      this.busyMs += endedMs - Math.max(beganMs, this.endedMs);
      this.endedMs = endedMs;
      this.running -= batch.items;
      if (this.running === 0) this.rest();
    }
  }

  private rest(): void {
    if (this.state === 'busy') this.state = 'idle';
    this.emptied?.();
  }

  /** Whether an instance lives here that can take a batch. */
  get alive(): boolean {
    return this.served !== null && this.served.instance.failed === undefined;
  }

  /** Whether it takes no further batch. */
  get retired(): boolean {
    return this.retiring;
  }

  /** Ends the instance when it has run what it runs; another one is not started. */
  async retire(): Promise<void> {
    this.retiring = true;
    if (this.running > 0)
      await new Promise<void>((resolve) => {
        this.emptied = resolve;
      });
    await this.close(false);
  }

  /** Why the instance should be replaced as soon as it is idle; null: it need not. */
  get leaking(): ThinferError | null {
    return this.leak;
  }

  /** The instance is gone or shall go: it is ended, and another one started after a while. */
  restart(why: ThinferError, requests: readonly string[] = []): void {
    const { served } = this;
    if (served === null || this.closed) return;
    this.served = null;
    this.state = 'lost';
    this.lastFailure = why.message;
    clearInterval(this.watchTimer);
    if (performance.now() - this.startedMs > this.options.supervision.healthyMs) this.failures = 0;
    this.say('lost', served.instance.pid, why.message, requests);
    void served.close(true);
    this.retry();
  }

  /** Ends the instance for good. */
  async close(now: boolean): Promise<void> {
    this.closed = true;
    this.ending.abort(new ThinferError('instance-failed', 'the instance was closed'));
    clearTimeout(this.retryTimer);
    clearInterval(this.watchTimer);
    const { served } = this;
    this.served = null;
    this.state = 'lost';
    await served?.close(now);
  }

  private retry(): void {
    const { backOffMs, mostBackOffMs } = this.options.supervision;
    const waitMs = Math.min(mostBackOffMs, backOffMs * 2 ** this.failures);
    this.failures++;
    this.retryTimer = setTimeout(() => void this.relaunch(), waitMs);
  }

  private async relaunch(): Promise<void> {
    this.state = 'starting';
    this.restarts++;
    try {
      const { served } = await this.launch(this.reference === null ? null : Promise.resolve(this.reference));
      if (this.closed) return void (await served.close(true));
      this.take(served);
      this.options.onJoin();
    } catch (thrown) {
      if (this.closed) return;
      const error = ThinferError.from(thrown);
      this.state = 'lost';
      this.lastFailure = error.message;
      this.say('start-failed', null, error.message);
      this.retry();
    }
  }

  private async launch(
    reference: Promise<WarmUp['answer']> | null,
  ): Promise<{ readonly served: ServedInstance; readonly warm: WarmUp }> {
    const { key, model } = this.options;
    const served = await ServedInstance.start({ ...key, signal: this.ending.signal }, model);
    try {
      const warm = await warmUp(served, this.options.warmUp);
      this.reference = (await reference) ?? warm.answer;
      checkEqualAnswers(this.reference, warm.answer);
      return { served, warm };
    } catch (error) {
      await served.close(true);
      throw error;
    }
  }

  private take(served: ServedInstance): void {
    const { supervision } = this.options;
    const { pid } = served.instance;
    this.served = served;
    this.leak = null;
    this.state = 'idle';
    this.startedMs = performance.now();
    this.baselineBytes = residentBytes(pid) ?? 0;
    this.say(
      'started',
      pid,
      `process ${pid} on ${served.instance.cpus === null ? 'any CPU' : `CPUs ${served.instance.cpus.join(',')}`}`,
    );
    served.instance.onEnd(() => {
      if (this.served === served && this.state === 'idle')
        this.options.onLose(
          served.instance.failed ?? new ThinferError('instance-failed', 'the instance ended'),
        );
    });
    this.watchTimer = setInterval(() => this.checkMemory(served), supervision.memoryCheckMs).unref();
  }

  /** A leak is no failure: the instance goes when it is idle, before the kernel takes one of its choice. */
  private checkMemory(served: ServedInstance): void {
    const { leakFactor, leakBytes } = this.options.supervision;
    const rssBytes = residentBytes(served.instance.pid) ?? 0;
    if (rssBytes <= leakFactor * this.baselineBytes + leakBytes || this.leak !== null) return;
    const message = `it takes ${mebibytes(rssBytes)} MiB, and took ${mebibytes(this.baselineBytes)} MiB after its warm-up`;
    this.say('leaking', served.instance.pid, message);
    this.leak = new ThinferError('instance-failed', `${message}: it is replaced`);
    if (this.state === 'idle') this.options.onLose(this.leak);
  }

  private say(
    type: PlaceEvent['type'],
    pid: number | null,
    message: string,
    requests: readonly string[] = [],
  ): void {
    const named = { requests: requests.slice(0, mostNamed), requestCount: requests.length };
    this.options.onEvent({
      ...{ type, index: this.options.index, pid, message },
      ...(requests.length === 0 ? {} : named),
    });
  }
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
