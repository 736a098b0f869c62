import { ThinferError } from '../../errors.ts';
import type { InstanceKey } from '../../instance/index.ts';
import { type IdleMeans, processCpuMs, residentBytes } from '../../machine/index.ts';
import type { Model } from '../../model/index.ts';
import type { BatchFacts, InstanceView } from '../types.ts';
import type { RunAnswer, RunBatch } from './served-instance.ts';
import { ServedInstance } from './served-instance.ts';
import type { Supervision } from './supervision.ts';
import { checkEqualAnswers, type WarmUp, type WarmUpOptions, warmUp } from './warm-up.ts';

/** A place for an instance: its CPUs and settings. */
export interface PlaceOptions {
  readonly key: InstanceKey;
  readonly model: Model;
  /** Most items of one batch; may be changed later. */
  readonly largestBatch: number;
  /** Length of the requests that it is meant for; 0: they have none. */
  readonly usualLength: number;
  /** The first instance here loads in the time that others leave, by these means, until `raise`; null: it gets its share. */
  readonly idle?: IdleMeans | null;
  /** Whether batches run on its CPUs. */
  readonly areCpusNeeded?: () => boolean;
  /** Aborted when it is to get its share before that. */
  readonly raiseOn?: AbortSignal;
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
  /** `refused`: the engine would not run a batch; the instance lives on. `drift`: of all instances, what their batches take beside the profile. `unpadded`: of all, requests of different lengths can't share a batch. */
  readonly type: 'started' | 'lost' | 'leaking' | 'start-failed' | 'refused' | 'drift' | 'unpadded';
  /** -1: none of them alone. */
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
  /** Among those of its model; the model sets it when it takes the place in, and before that it stands for none. */
  index = -1;
  /** Most items of one batch. */
  largestBatch: number;
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
  /** Until nothing reads its arena any more. */
  private closing: Promise<void> | null = null;
  private retiring = false;
  private emptied: (() => void) | null = null;
  private leak: ThinferError | null = null;

  constructor(options: PlaceOptions) {
    this.options = options;
    this.largestBatch = options.largestBatch;
  }

  /** Starts the first instance here; throws where that fails. @param reference The first instance's answer, to be equalled; null: this is the first. */
  async start(reference: Promise<WarmUp['answer']> | null): Promise<WarmUp> {
    const { served, warm } = await this.launch(reference, this.options.idle ?? null);
    if (this.closed) {
      await served.close(true);
      throw new ThinferError('instance-failed', 'the instance was closed');
    }
    this.take(served);
    return warm;
  }

  /** Starts the first instance here, again and again until it lives; does not throw. */
  keepTrying(reference: WarmUp['answer'], onWarm: (warm: WarmUp) => void): void {
    this.start(Promise.resolve(reference)).then(onWarm, (thrown) => {
      if (this.closed) return;
      this.tellStartFailed(ThinferError.from(thrown));
      const { backOffMs, mostBackOffMs } = this.options.supervision;
      const waitMs = Math.min(mostBackOffMs, backOffMs * 2 ** this.failures++);
      this.retryTimer = setTimeout(() => this.keepTrying(reference, onWarm), waitMs);
    });
  }

  /** The instance gets its share of the CPUs from now on. */
  raise(): void {
    this.served?.instance.raise();
  }

  /** CPU time that the instance has used since its start; 0 where there is none. */
  get cpuMs(): number {
    return this.served === null ? 0 : (processCpuMs(this.served.instance.pid) ?? 0);
  }

  get view(): InstanceView {
    const { index, largestBatch } = this;
    const { key } = this.options;
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
    const { index } = this;
    const { key } = this.options;
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

  /** Whether a batch is under way. */
  get isRunning(): boolean {
    return this.running > 0;
  }

  /** Whether it takes no further batch. */
  get retired(): boolean {
    return this.retiring;
  }

  /** Takes no further batch from now on, and lives on: it stands by. */
  standBy(): void {
    this.retiring = true;
  }

  /** Takes batches again. */
  goOn(): void {
    this.retiring = false;
  }

  /** Whether its instance has been ended for good. */
  get gone(): boolean {
    return this.closed && this.served === null;
  }

  /**
   * Ends the instance when it has run what it runs; another one is not started. Fulfilled when the process is gone: results that lie in its
   * arena may be sent still, even wait for other parts of their requests.
   */
  async retire(): Promise<void> {
    this.retiring = true;
    if (this.running > 0)
      await new Promise<void>((resolve) => {
        this.emptied = resolve;
      });
    const { served } = this;
    const gone = new Promise<void>((resolve) => {
      if (served === null) resolve();
      else served.instance.onEnd(resolve);
    });
    void this.close(false);
    await gone;
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
    // One that was to go is gone.
    if (this.retiring) this.closed = true;
    else this.retry();
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
    this.closing ??= served?.close(now) ?? null;
    await this.closing;
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
      const reference = this.reference === null ? null : Promise.resolve(this.reference);
      const { served } = await this.launch(reference, null);
      if (this.closed) return void (await served.close(true));
      this.take(served);
      this.options.onJoin();
    } catch (thrown) {
      if (this.closed) return;
      this.tellStartFailed(ThinferError.from(thrown));
      this.retry();
    }
  }

  private tellStartFailed({ message }: ThinferError): void {
    this.state = 'lost';
    this.lastFailure = message;
    this.say('start-failed', null, message);
  }

  private async launch(
    reference: Promise<WarmUp['answer']> | null,
    idle: IdleMeans | null,
  ): Promise<{ readonly served: ServedInstance; readonly warm: WarmUp }> {
    const { key, model, raiseOn, areCpusNeeded } = this.options;
    const served = await ServedInstance.start(
      {
        ...{ ...key, idle, signal: this.ending.signal },
        ...(raiseOn === undefined ? {} : { raiseOn }),
        ...(areCpusNeeded === undefined ? {} : { areCpusNeeded }),
      },
      model,
    );
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
      ...{ type, index: this.index, pid, message },
      ...(requests.length === 0 ? {} : named),
    });
  }
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
