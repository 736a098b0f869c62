import { type Batch, Dispatcher, type Ticket, type Worker } from '../dispatch/index.ts';
import { Answers } from './answers.ts';
import { Cores } from './cores.ts';
import { Loading } from './loading.ts';
import type {
  ChangeRecord,
  Controller,
  SimulatedChange,
  SimulatedInstance,
  SimulationOptions,
  SimulationResult,
  Stream,
} from './types.ts';

interface Running {
  readonly batch: Batch<number>;
  endMs: number;
}

/** A worker as the dispatcher sees it; its largest batch may change. */
interface Place extends Worker {
  largestBatch: number;
  readonly instance: SimulatedInstance;
  retired: boolean;
}

/**
 * What every result begins as. On V8 13.6 (Node 24) one result in some hundreds was seen to hold another run's times, in a test on a busy machine:
 * fields that are fractions in all objects of a shape have boxes of their own, and optimised code had mixed them up. Fields that
 * were null in one object have none.
 */
const noResult: Readonly<Record<keyof SimulationResult, null>> = {
  ...{ latencyMs: null, endMs: null, busyMs: null, batches: null },
  ...{ changes: null, deepest: null, cutShort: null },
};

const never = Number.POSITIVE_INFINITY;

/** Lets requests run over instances on a virtual clock. */
export function simulate(stream: Stream, options: SimulationOptions): SimulationResult {
  return new Simulation(stream, options).run();
}

class Simulation {
  private readonly stream: Stream;
  private readonly options: SimulationOptions;
  private readonly dispatcher: Dispatcher<number>;
  /** By the dispatcher's index. */
  private readonly places: Place[] = [];
  /** Batches under way, in no order; those behind others begin when these have ended. */
  private running: Running[] = [];
  private readonly behind: (Batch<number> | null)[] = [];
  private readonly latencies: Worker['latencyMs'][] = [];
  private readonly cores: Cores;
  private readonly mayStart: (worker: number) => boolean;
  private readonly mayQueue: () => boolean;
  private readonly onBatch: SimulationOptions['onBatch'];
  private readonly answers: Answers;
  /** By request: items that were not run yet. */
  private readonly itemsLeft: Float64Array;
  private readonly changes: ChangeRecord[] = [];
  private nowMs = 0;
  private busyMs = 0;
  private next = 0;
  private againMs = never;
  private checkMs: number;
  private checkedMs = 0;
  private loading: Loading | null = null;
  private change: SimulatedChange | null = null;
  /** Loaded, and in no set; the oldest first. */
  private standby: SimulatedInstance[] = [];
  private decidedMs = 0;
  private batches = 0;
  private deepest = 0;

  constructor(stream: Stream, options: SimulationOptions) {
    this.stream = stream;
    this.options = options;
    this.onBatch = options.onBatch;
    this.cores = new Cores(options.cores);
    const mayStart = (worker: number): boolean => this.cores.areFree(this.places[worker]!.instance.cpus);
    const mayQueue = (): boolean => this.change === null;
    this.mayStart = mayStart;
    this.mayQueue = mayQueue;
    this.answers = new Answers(stream.arrivedMs.length, options.late ?? null);
    const { arrivedMs, items } = stream;
    this.itemsLeft =
      items === undefined ? new Float64Array(arrivedMs.length).fill(1) : new Float64Array(items);
    this.checkMs = options.controller?.everyMs ?? never;
    this.standBy(options.standingBy ?? []);
    this.dispatcher = new Dispatcher<number>(
      options.instances.map((instance) => this.placeOf(instance)),
      options.dispatch,
    );
  }

  run(): SimulationResult {
    while (this.step());
    const { nowMs: endMs, busyMs, batches, changes, deepest } = this;
    const { latencyMs, tooLate: cutShort } = this.answers;
    return { ...noResult, latencyMs, endMs, busyMs, batches, changes, deepest, cutShort };
  }

  /** What happens at the next moment at which anything does; says whether there was one. */
  private step(): boolean {
    if (!this.goesOn) return false;
    const at = this.nextEventMs();
    if (at === never) return false;
    this.advance(at);
    this.endBatches();
    this.takeArrivals();
    this.follow();
    this.start();
    if (this.loading !== null) this.goOnLoading(this.loading);
    return true;
  }

  private get goesOn(): boolean {
    const { arrivedMs } = this.stream;
    const toCome = this.next < arrivedMs.length || this.running.length > 0 || this.dispatcher.length > 0;
    return toCome && !this.answers.tooLate;
  }

  private placeOf(instance: SimulatedInstance): Place {
    const place: Place = {
      instance,
      largestBatch: instance.largestBatch,
      latencyMs: this.latencyOf(instance.threads),
      usualLength: this.stream.lengths === undefined ? 0 : 1,
      retired: false,
    };
    this.places.push(place);
    this.behind.push(null);
    return place;
  }

  /** The same for all instances of so many threads. */
  private latencyOf(threads: number): Worker['latencyMs'] {
    const { serviceMs } = this.options;
    this.latencies[threads] ??= (items, _key, length) =>
      length === 0 ? serviceMs(threads, items) : serviceMs(threads, items, length);
    return this.latencies[threads];
  }

  private nextEventMs(): number {
    let at = Math.min(this.againMs, this.stream.arrivedMs[this.next] ?? never, this.loading?.nextMs ?? never);
    for (const { endMs } of this.running) if (endMs < at) at = endMs;
    // A controller alone must not keep an ended run going.
    return at === never ? never : Math.min(at, this.checkMs);
  }

  private advance(toMs: number): void {
    const at = Math.max(toMs, this.nowMs);
    this.busyMs += this.cores.busy * (at - this.nowMs);
    this.loading?.advance(at);
    this.nowMs = at;
  }

  private goOnLoading(loading: Loading): void {
    if (this.dispatcher.pressed) loading.hurry();
    loading.leave(this.cores.busy);
  }

  private endBatches(): void {
    for (let at = 0; at < this.running.length; ) {
      const { batch, endMs } = this.running[at]!;
      if (endMs > this.nowMs) {
        at++;
        continue;
      }
      this.running[at] = this.running.at(-1)!;
      this.running.pop();
      this.end(batch);
    }
  }

  private end(batch: Batch<number>): void {
    const { worker } = batch;
    this.cores.give(this.places[worker]!.instance.cpus);
    this.dispatcher.done(worker, this.nowMs, batch);
    for (const { ticket, items } of batch.pieces) {
      const { request, arrivedMs } = ticket;
      this.itemsLeft[request]! -= items;
      if (this.itemsLeft[request] === 0) this.answers.add(request, arrivedMs, this.nowMs);
    }
    const next = this.behind[worker]!;
    this.behind[worker] = null;
    if (next !== null) this.begin(next);
  }

  private takeArrivals(): void {
    const { arrivedMs, items, lengths } = this.stream;
    const { deadlineMs = null, controller } = this.options;
    for (; this.next < arrivedMs.length && arrivedMs[this.next]! <= this.nowMs; this.next++) {
      const count = items?.[this.next] ?? 1;
      const ticket: Ticket<number> = {
        request: this.next,
        items: count,
        key: '',
        length: lengths?.[this.next] ?? 0,
        arrivedMs: arrivedMs[this.next]!,
        deadlineMs: deadlineMs === null ? null : arrivedMs[this.next]! + deadlineMs,
      };
      controller?.arrived(count, this.nowMs, lengths?.[this.next] ?? 1);
      this.deepest = Math.max(this.deepest, this.dispatcher.length + count);
      this.dispatcher.offer(ticket, this.nowMs);
    }
  }

  private start(): void {
    const depth = this.dispatcher.length;
    if (depth === 0) {
      this.againMs = never;
      return;
    }
    const { batches, againMs } = this.dispatcher.decide(this.nowMs, this.mayStart, this.mayQueue);
    // A batch that is cut may take a core that another one was cut for at the same time: instances share none, but for old and new ones.
    for (const batch of batches)
      if (batch.ahead) this.behind[batch.worker] = batch;
      else this.begin(batch);
    if (batches.length > 0) this.options.controller?.cut(depth, this.nowMs);
    this.againMs = againMs ?? never;
  }

  private begin(batch: Batch<number>): void {
    const { instance, latencyMs } = this.places[batch.worker]!;
    const slowdown = this.loading?.slowdown ?? 1;
    this.cores.take(instance.cpus);
    this.running.push({
      batch,
      endMs: this.nowMs + slowdown * latencyMs(batch.items, batch.key, batch.length),
    });
    this.batches++;
    this.onBatch?.(this.nowMs, batch.items);
  }

  /** Asks the controller, and makes the change that is under way go on. */
  private follow(): void {
    const { controller } = this.options;
    if (this.loading?.done === true) this.endLoading();
    if (controller === undefined || controller === null || !this.isDue(controller)) return;
    this.checkedMs = this.nowMs;
    while (this.checkMs <= this.nowMs) this.checkMs += controller.everyMs;
    if (this.loading?.impatient === true) return;
    const living = this.places.flatMap(({ instance, largestBatch, retired }, index) =>
      retired ? [] : [{ ...instance, largestBatch, index }],
    );
    const standby = this.standby.map(({ threads }) => threads);
    const loading = this.change !== null;
    const change = controller.check(this.nowMs, living, this.dispatcher.length, standby, loading);
    if (change !== null) this.beginChange(change);
  }

  private isDue({ pressedMs = never }: Controller): boolean {
    if (this.nowMs >= this.checkMs) return true;
    return this.nowMs - this.checkedMs >= pressedMs && this.dispatcher.pressed;
  }

  private beginChange(change: SimulatedChange): void {
    const loaded = change.start.length - this.standingBy(change.start).length;
    if (loaded === 0) {
      // What is being loaded for another set will stand by.
      if (this.change !== null) this.change = { ...this.change, prepares: true };
      this.switchOver(change, this.nowMs);
      return;
    }
    if (this.change !== null && sameInstances(this.change.start, change.start)) this.loading!.hurry();
    else this.loading = new Loading(loaded, this.options.cores, change.how, this.nowMs);
    this.change = change;
    this.decidedMs = this.nowMs;
  }

  /** Those that stand by already. */
  private standingBy(wanted: readonly SimulatedInstance[]): SimulatedInstance[] {
    const free = [...this.standby];
    return wanted.flatMap((one) => {
      const at = free.findIndex(({ threads, cpus }) => threads === one.threads && sameCpus(cpus, one.cpus));
      return at < 0 ? [] : free.splice(at, 1);
    });
  }

  private standBy(instances: readonly SimulatedInstance[]): void {
    const { standby: most = 0 } = this.options;
    this.standby = most === 0 ? [] : [...this.standby, ...instances].slice(-most);
  }

  private endLoading(): void {
    const change = this.change!;
    this.change = null;
    this.loading = null;
    this.switchOver(change, this.decidedMs);
  }

  private switchOver(change: SimulatedChange, decidedMs: number): void {
    const { keep, start, batches, prepares = false } = change;
    const stood = this.standingBy(start);
    this.standby = this.standby.filter((one) => !stood.includes(one));
    if (prepares) {
      this.standBy(start);
      return;
    }
    this.places.forEach((place, index) => {
      if (place.retired || keep.includes(index)) return;
      place.retired = true;
      this.dispatcher.retire(index);
      this.standBy([place.instance]);
    });
    for (const [at, index] of keep.entries()) this.places[index]!.largestBatch = batches[at]!;
    for (const instance of start) this.dispatcher.add(this.placeOf(instance));
    const instances = this.places
      .filter(({ retired }) => !retired)
      .map(({ instance, largestBatch }) => ({ ...instance, largestBatch }));
    this.changes.push({ decidedMs, switchedMs: this.nowMs, instances });
  }
}

const sameCpus = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

const sameInstances = (a: readonly SimulatedInstance[], b: readonly SimulatedInstance[]): boolean =>
  a.length === b.length &&
  a.every(({ threads, cpus }, at) => threads === b[at]!.threads && sameCpus(cpus, b[at]!.cpus));
