import {
  type Batch,
  type CoreTurns,
  Dispatcher,
  type DispatchOptions,
  type Ticket,
  type TurnTaker,
  type Worker,
} from '../../dispatch/index.ts';
import { ThinferError } from '../../errors.ts';
import type { Model } from '../../model/index.ts';
import { recorderOf } from '../metrics/recorder.ts';
import { Refusal } from '../refusal.ts';
import type {
  AdaptView,
  BatchFacts,
  InferCall,
  InferRequest,
  InstanceView,
  ModelView,
  ServedPlan,
  SetChange,
} from '../types.ts';
import { Bag } from './bag.ts';
import { type CheckedRequest, checkRequest } from './check-request.ts';
import { add, batchCounts, emptyCounts } from './counts.ts';
import { Drift } from './drift.ts';
import { type BatchLayout, batchInputs, gather, splitAnswer } from './gather.ts';
import { Job } from './job.ts';
import { type KnownLatency, LatencyModel, type Run } from './latency-model.ts';
import type { Place } from './place.ts';
import type { RunAnswer } from './served-instance.ts';
import { mostChanges } from './set-change.ts';
import { Standby, type StandbyRule } from './standby.ts';

/** What a version of a model is made of. */
export interface ServedModelOptions {
  readonly name: string;
  readonly version: string;
  readonly model: Model;
  readonly batches: boolean;
  /** Requests that differ in it only are padded to fit into one batch; null: none are. */
  readonly padDim: string | null;
  /** Of requests, along it, that latencies are known for; 0 where there is none. */
  readonly usualLength: number;
  readonly engine: ModelView['engine'];
  readonly plan: ServedPlan;
  readonly dispatch: DispatchOptions;
  /** Most items of one request. */
  readonly mostItems: number;
  /** Whether latencies are those of a profile. */
  readonly profiled: boolean;
  /** What has taken longer or shorter than measured for so long is told of, in ms. */
  readonly driftAfterMs: number;
  /** Batches have taken so many times what was measured for a while; 1: they do no more. */
  readonly onDrift: (ratio: number) => void;
  /** Null: instances that are in the set no more are ended. */
  readonly standby: StandbyRule | null;
  /** Of all models of the server. */
  readonly turns: CoreTurns;
  /** So long requests wait where no instance lives. */
  readonly patienceMs: number;
  /** A run that takes so many times what is expected, … */
  readonly hangFactor: number;
  /** … and so many ms more, counts as hung. */
  readonly hangGraceMs: number;
}

/** A place with what is known of its latencies. */
export interface MeasuredPlace {
  readonly place: Place;
  readonly latencies: readonly KnownLatency[];
}

/** Is told of the load. */
export interface LoadFollower extends AdaptView {
  /** @param length Of its items, over the usual one. */
  arrived(items: number, nowMs: number, length: number): void;
  cut(depth: number, nowMs: number): void;
}

/** How one set takes over from another. */
export interface Switch {
  /** By index; those that stay. */
  readonly keep: readonly { readonly index: number; readonly largestBatch: number }[];
  readonly add: readonly MeasuredPlace[];
  /** By index; those that stood by. */
  readonly restore: readonly { readonly index: number; readonly largestBatch: number }[];
  /** By index; those that go, or stand by. */
  readonly retire: readonly number[];
}

/** One version of a model that answers requests: its queue, its instances. */
export class ServedModel implements ModelView, TurnTaker {
  readonly name: string;
  readonly version: string;
  readonly engine: ModelView['engine'];
  readonly batchDim: string | null;
  readonly maxItems: number;
  /** In force. */
  plan: ServedPlan;
  /** A change of the set that is under way: instances are to come. */
  changing: Promise<unknown> | null = null;
  /** Told of all that comes; null: the set stays as it is. */
  follower: LoadFollower | null = null;
  /** Aborted when it takes no further request. */
  readonly ending = new AbortController();
  /** Changes of the set, the newest last. */
  readonly changes: SetChange[] = [];
  readonly changeTotals = { done: 0, failed: 0, overtaken: 0, ms: 0 };
  readonly counts = emptyCounts();
  private readonly recorder = recorderOf(this.counts);
  private readonly options: ServedModelOptions;
  private readonly model: Model;
  private readonly layout: BatchLayout;
  /** By the dispatcher's index; one that is gone leaves its to a later one. */
  private readonly places: Place[];
  private readonly latencies: LatencyModel[];
  /** When each place ended its last batch, in ns of CLOCK_MONOTONIC. */
  private readonly endedNs: bigint[] = [];
  private readonly dispatcher: Dispatcher<Job>;
  /** Bytes of one item's inputs at the sizes that latencies are known for; 0 until the first request. */
  private readonly usualBytes: number;
  private drift: Drift;
  /** Its profile is being measured: that makes batches longer, and is no drift. */
  measuring = false;
  readonly profiledAgain = { done: 0, brokenOff: 0, failed: 0 };
  readonly standby: Standby;
  private readonly underWay = new Bag<Job>();
  /** Core-time that was taken by instances whose index was used again, in ms. */
  private goneCoreMs = 0;
  /** Instances that are to go, and have not. */
  private leaving = 0;
  private pumping = false;
  private againTimer: NodeJS.Timeout | undefined;
  private deadTimer: NodeJS.Timeout | undefined;
  /** No instance has lived for long. */
  private dead = false;
  private idle: (() => void) | null = null;
  private state: 'serving' | 'closing' = 'serving';

  constructor(places: readonly MeasuredPlace[], options: ServedModelOptions, usualBytes: number) {
    const { name, version, engine, plan, model, batches, dispatch } = options;
    this.name = name;
    this.version = version;
    this.engine = engine;
    this.plan = plan;
    this.options = options;
    this.model = model;
    this.usualBytes = usualBytes;
    this.drift = new Drift(options.driftAfterMs);
    this.layout = { batches, padDim: options.padDim, outputs: model.outputs };
    this.batchDim = batches ? model.batchDim : null;
    this.places = places.map(({ place }) => place);
    this.maxItems = batches ? options.mostItems : 1;
    this.latencies = places.map(({ latencies }) => new LatencyModel(latencies));
    for (const [index, place] of this.places.entries()) place.index = index;
    this.dispatcher = new Dispatcher<Job>(
      this.places.map((place) => this.workerOf(place)),
      dispatch,
    );
    this.standby = new Standby(options.standby, (index) => void this.retirePlace(index));
    options.turns.join(this);
  }

  get maxBatch(): number {
    if (!this.options.batches) return 0;
    return Math.max(1, ...this.living.map(({ largestBatch }) => largestBatch));
  }

  /** A change of the set has begun. */
  remember(change: SetChange): void {
    this.changes.push(change);
    if (this.changes.length > mostChanges) this.changes.shift();
  }

  /** A further instance takes part. */
  add(measured: MeasuredPlace): void {
    this.place(measured, 'idle');
    this.pump();
  }

  /** The last of the instances takes no further batch, ends the one it runs, and goes. */
  async retire(): Promise<void> {
    await this.retirePlace(this.places.findLastIndex((place) => !place.retired));
  }

  /**
   * Another set takes over, at once: instances that stay get their new largest batch, new ones take batches, others take none any more
   * and go when theirs has ended. A new one waits for those that still run on its CPUs.
   */
  switchTo({ keep, add: come, restore, retire }: Switch): void {
    for (const { index, largestBatch } of keep) this.places[index]!.largestBatch = largestBatch;
    for (const measured of come) this.place(measured, 'idle');
    for (const { index, largestBatch } of restore) {
      this.standby.delete(index);
      this.places[index]!.largestBatch = largestBatch;
      this.places[index]!.goOn();
      this.dispatcher.restore(index);
    }
    const mayStandBy = this.standby.isAllowed;
    for (const index of retire)
      if (mayStandBy && this.places[index]!.alive) this.standBy(index);
      else void this.retirePlace(index);
    this.pump();
  }

  /** A further instance, that takes no batches before it is restored. */
  addStandby(measured: MeasuredPlace): void {
    this.standBy(this.place(measured, 'idle'));
  }

  private standBy(index: number): void {
    this.dispatcher.retire(index);
    this.places[index]!.standBy();
    this.standby.add(index);
  }

  /** Instances that stand by. */
  get standingBy(): readonly InstanceView[] {
    return this.standby.all.map((index) => this.places[index]!.view);
  }

  /** An instance that will take part; requests wait for it where there is no other. Gives its index. */
  expect(measured: MeasuredPlace): number {
    return this.place(measured, 'lost');
  }

  /** An instance that was expected is there. */
  arrive(index: number, { latencies }: MeasuredPlace): void {
    this.latencies[index] = new LatencyModel(latencies);
    this.join(index);
  }

  /** An instance takes no further batch, ends the one it runs, and goes. */
  async retirePlace(index: number): Promise<void> {
    this.dispatcher.retire(index);
    this.leaving++;
    await this.places[index]!.retire();
    this.leaving--;
    // Another one may wait for its CPUs.
    this.pump();
  }

  placeAt(index: number): Place {
    return this.places[index]!;
  }

  /** Whether an instance has CPUs of a place. */
  overlap(index: number, { options: { key } }: Place): boolean {
    return this.isOn(index, key.cpus ?? []);
  }

  /** Whether a batch runs on one of these CPUs; null: on any. */
  runsOn(cpus: readonly number[] | null): boolean {
    return this.places.some((place, index) => place.isRunning && (cpus === null || this.isOn(index, cpus)));
  }

  private isOn(index: number, cpus: readonly number[]): boolean {
    return this.cpusOf(index).some((cpu) => cpus.includes(cpu));
  }

  /** What an instance does in full batches, by what they are expected to take. */
  itemsPerMs(index: number): number {
    const { largestBatch } = this.places[index]!;
    return largestBatch / this.latencies[index]!.expected(largestBatch, '');
  }

  /** Core-time that batches have taken since the start, in ms. */
  get busyCoreMs(): number {
    return this.places.reduce((sum, place) => sum + coreMsOf(place), this.goneCoreMs);
  }

  private get living(): Place[] {
    return this.places.filter((place) => !place.retired);
  }

  private place({ place, latencies }: MeasuredPlace, state: 'idle' | 'lost'): number {
    const index = this.dispatcher.add(this.workerOf(place), state, (old) => this.places[old]!.gone);
    this.goneCoreMs += this.places[index] === undefined ? 0 : coreMsOf(this.places[index]);
    place.index = index;
    this.places[index] = place;
    this.latencies[index] = new LatencyModel(latencies);
    return index;
  }

  private workerOf(place: Place): Worker {
    return {
      get largestBatch() {
        return place.largestBatch;
      },
      latencyMs: (items, key, length) => this.latencies[place.index]!.expected(items, key, length),
      usualLength: place.options.usualLength,
    };
  }

  get padDim(): string | null {
    return this.options.padDim;
  }

  get inputs(): Model['inputs'] {
    return this.model.inputs;
  }

  get outputs(): Model['outputs'] {
    return this.model.outputs;
  }

  get ready(): boolean {
    return this.state === 'serving' && this.living.some((place) => place.alive);
  }

  get overProfile(): number | null {
    return this.drift.ratio;
  }

  /** Whether batches have taken other times than the profile says for long enough, and still do. */
  get drifted(): boolean {
    return this.drift.isTold;
  }

  /** Other latencies are known of its instances: what is expected of batches, and drift, rest on them from now on. */
  relearn(latenciesOf: (place: Place) => readonly KnownLatency[]): void {
    for (const [index, place] of this.places.entries())
      this.latencies[index] = new LatencyModel(latenciesOf(place));
    this.drift = new Drift(this.options.driftAfterMs);
  }

  get waitingItems(): number {
    return this.dispatcher.length;
  }

  /** Whether so much waits that loading beside it had better be quick. */
  get pressed(): boolean {
    return this.dispatcher.pressed;
  }

  get waiting(): boolean {
    return this.dispatcher.length > 0;
  }

  get instances(): readonly InstanceView[] {
    return this.living.map((place) => place.view);
  }

  /** Takes a request, or says by its result why not. */
  infer(request: InferRequest): InferCall {
    let checked: CheckedRequest;
    try {
      checked = checkRequest(request, this.options);
    } catch (error) {
      add(this.counts.fail, 0);
      return { result: Promise.reject(error), cancel() {} };
    }
    const job = new Job(request, checked);
    this.take(job);
    return { result: job.result, cancel: () => this.drop(job, clientLeft()) };
  }

  /**
   * An instance was lost: what it ran is run again elsewhere, and another one is started.
   *
   * @param requests Ids of those that it ran.
   */
  lose(index: number, why: ThinferError, requests: readonly string[] = []): void {
    this.standby.delete(index);
    const givenUp = this.dispatcher.lose(index);
    this.places[index]!.restart(why, requests);
    for (const { request: job } of givenUp) this.drop(job, why);
    this.watchLives();
    this.pump();
  }

  /** An instance lives again. */
  join(index: number): void {
    this.dispatcher.join(index, performance.now());
    this.watchLives();
    this.pump();
  }

  /**
   * Takes no further request, answers those it has, and ends its instances.
   *
   * @param graceMs What is not answered by then gets `unavailable`.
   */
  async close(graceMs: number): Promise<void> {
    this.state = 'closing';
    this.ending.abort(new ThinferError('unavailable', `model '${this.name}' is being unloaded`));
    await this.changing?.catch(() => {});
    if (this.underWay.size > 0) await this.waitIdle(graceMs);
    for (const job of this.underWay.all())
      this.drop(job, new Refusal('unavailable', 'the server has shut down'));
    clearTimeout(this.againTimer);
    clearTimeout(this.deadTimer);
    this.standby.close();
    this.options.turns.leave(this);
    await Promise.all(this.places.map((place) => place.close(graceMs === 0)));
  }

  private async waitIdle(graceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.idle = resolve;
      timer = setTimeout(resolve, graceMs);
    });
    clearTimeout(timer);
  }

  /** Where no instance lives for long, nobody waits any more. */
  private watchLives(): void {
    const alive = this.living.some((place) => place.alive);
    if (alive || this.changing !== null || this.state === 'closing') {
      clearTimeout(this.deadTimer);
      this.deadTimer = undefined;
      this.dead = false;
      return;
    }
    this.deadTimer ??= setTimeout(() => {
      this.dead = true;
      for (const job of this.underWay.all()) this.drop(job, nobodyLives(this.name));
    }, this.options.patienceMs);
  }

  private take(job: Job): void {
    const { request, checked } = job;
    if (this.state === 'closing') {
      this.refuse(job, new Refusal('unavailable', `model '${this.name}' is being unloaded`));
      return;
    }
    if (this.dead) {
      this.refuse(job, nobodyLives(this.name));
      return;
    }
    const now = performance.now();
    const { usualLength } = this.options;
    this.follower?.arrived(checked.items, now, usualLength === 0 ? 1 : checked.length / usualLength);
    this.guessLatency(checked);
    const ticket: Ticket<Job> = {
      request: job,
      items: checked.items,
      key: checked.key,
      length: checked.length,
      arrivedMs: now,
      deadlineMs: request.deadlineMs,
      priority: Math.max(1, request.priority),
    };
    const offer = this.dispatcher.offer(ticket, now);
    if (offer.state === 'refused') {
      this.refuse(job, refusalOf(offer.reason, offer.expectedMs, this.name));
      return;
    }
    job.ticket = ticket;
    this.underWay.add(job);
    if (request.deadlineMs !== null)
      job.timer = setTimeout(
        () => this.drop(job, deadlinePassed(this.name)),
        Math.max(0, request.deadlineMs - now),
      );
    this.schedulePump();
  }

  private refuse(job: Job, error: ThinferError): void {
    add(this.counts.fail, Number(process.hrtime.bigint() - job.arrivedNs));
    this.recorder.failed(error.code, job.ticket !== null);
    job.fail(error);
  }

  /** Other sizes of free dimensions take longer or shorter, roughly by their bytes. */
  private guessLatency({ key, inputs, length }: CheckedRequest): void {
    if (key === '') return;
    const bytes = inputs.reduce((sum, { itemBytes }) => sum + itemBytes, 0);
    const longer = length === 0 ? 1 : length / this.options.usualLength;
    const factor = this.usualBytes > 0 && bytes > 0 ? bytes / this.usualBytes / longer : 1;
    for (const model of this.latencies) model.guess(key, factor);
  }

  /** Ends a request before its answer: its client has left, its time is up, or it can't be run. */
  private drop(job: Job, error: ThinferError): void {
    if (job.settled) return;
    if (job.ticket !== null) this.dispatcher.cancel(job.ticket);
    this.refuse(job, error);
    this.finish(job);
  }

  private finish(job: Job): void {
    this.underWay.delete(job);
    if (this.underWay.size === 0) this.idle?.();
  }

  /** What comes within one turn of the event loop is batched together. */
  private schedulePump(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      this.pump();
    });
  }

  /** Whoever shares cores with this model may be first. */
  private pump(): void {
    this.options.turns.next();
  }

  /** Starts what can be started now. */
  start(): void {
    const { turns } = this.options;
    const depth = this.dispatcher.length;
    const now = performance.now();
    const { batches, expired, againMs } = this.dispatcher.decide(
      now,
      (worker) => turns.isFree(this, this.cpusOf(worker)) && !this.isTaken(worker),
      (worker) => turns.alone && this.places[worker]!.queues,
    );
    for (const batch of batches) void this.run(batch);
    if (batches.length > 0) this.follower?.cut(depth, now);
    for (const { request: job } of expired) this.drop(job, deadlinePassed(this.name));
    clearTimeout(this.againTimer);
    if (againMs !== null)
      this.againTimer = setTimeout(() => this.pump(), Math.max(0, againMs - performance.now()));
  }

  /** Whether an instance that is to go still runs on its CPUs. */
  private isTaken(worker: number): boolean {
    if (this.leaving === 0) return false;
    return this.places.some(
      (place, index) => place.retired && place.isRunning && index !== worker && this.overlap(worker, place),
    );
  }

  private cpusOf(worker: number): readonly number[] {
    return this.places[worker]!.options.key.cpus ?? [];
  }

  private async run(batch: Batch<Job>): Promise<void> {
    const { worker, items, key, length } = batch;
    const place = this.places[worker]!;
    const sentNs = process.hrtime.bigint();
    const facts = place.facts;
    const { hangFactor, hangGraceMs, turns } = this.options;
    const cpus = this.cpusOf(worker);
    turns.take(this, cpus);
    const ended = (): { readonly startedNs: bigint; readonly tookMs: number } => {
      const endNs = process.hrtime.bigint();
      const startedNs = this.startOf(batch, sentNs);
      const tookMs = Number(endNs - startedNs) / 1e6;
      turns.give(this, cpus, tookMs);
      this.endedNs[worker] = endNs;
      return { startedNs, tookMs };
    };
    try {
      const answer = await place.run({
        key: length === 0 ? key : `${key}~${length}`,
        items,
        inputs: batchInputs(batch, this.layout),
        fill: (memory) => gather(batch, memory, this.layout.padDim),
        hangMs: hangGraceMs + hangFactor * this.latencies[worker]!.expected(items, key, length),
      });
      const { startedNs, tookMs } = ended();
      const startedMs = performance.now() - tookMs;
      const { inputNs, inferNs } = answer;
      const timed = { startedMs, tookMs, inputMs: inputNs / 1e6, inferMs: inferNs / 1e6 };
      this.answer(batch, answer, startedNs, { ...facts, ...timed, items });
    } catch (thrown) {
      ended();
      this.recover(batch, ThinferError.from(thrown));
    }
  }

  /** When a batch began: one behind another when that had ended. */
  private startOf({ worker, ahead }: Batch<Job>, sentNs: bigint): bigint {
    const before = this.endedNs[worker] ?? 0n;
    return ahead && before > sentNs ? before : sentNs;
  }

  /** First the instance gets its next batch, then the clients their answers. */
  private answer(
    batch: Batch<Job>,
    answer: RunAnswer,
    startedNs: bigint,
    facts: Omit<BatchFacts, 'ownItems'>,
  ): void {
    const { worker, items, key, pieces, length } = batch;
    if (!this.dispatcher.holds(batch)) {
      // It was taken back with an instance that leaked, and runs elsewhere: nothing is answered twice.
      answer.lease?.release();
      return;
    }
    const ranNs = process.hrtime.bigint();
    this.learn(worker, { items, key, length, ms: Number(ranNs - startedNs) / 1e6 });
    const { leaking } = this.places[worker]!;
    this.dispatcher.done(worker, performance.now(), batch);
    if (leaking === null) this.pump();
    else this.lose(worker, leaking);
    this.count(items, answer, startedNs, ranNs);
    this.countLengths(batch);
    splitAnswer(batch, answer, this.layout).forEach((part, index) => {
      const { ticket, items: own } = pieces[index]!;
      const job = ticket.request;
      job.startedNs = startedNs;
      job.ranNs = ranNs;
      job.inputNs += answer.inputNs;
      job.inferNs = Math.max(job.inferNs, answer.inferNs);
      job.batches.push({ ...facts, ownItems: own });
      if (job.add(part, own)) this.complete(job);
    });
    answer.lease?.release();
  }

  private learn(worker: number, run: Run): void {
    const model = this.latencies[worker]!;
    const ratio = model.overMeasured(run);
    model.learn(run);
    // Loading beside it makes batches longer, and that is no drift.
    if (ratio === null || !this.options.profiled || this.changing !== null || this.measuring) return;
    const told = this.drift.note(ratio, performance.now());
    if (told !== null) this.options.onDrift(told);
  }

  private complete(job: Job): void {
    const { counts } = this;
    try {
      job.answer({ model: this.name, version: this.version });
    } catch (thrown) {
      this.drop(job, ThinferError.from(thrown));
      return;
    }
    const now = process.hrtime.bigint();
    counts.inferenceCount += job.checked.items;
    counts.lastInferenceMs = Date.now();
    add(counts.success, Number(now - job.arrivedNs));
    add(counts.queue, Number(job.startedNs - job.arrivedNs));
    add(counts.computeInput, job.inputNs);
    add(counts.computeInfer, job.inferNs);
    add(counts.computeOutput, Number(now - job.ranNs));
    this.recorder.answered(Number(now - job.arrivedNs), Number(job.startedNs - job.arrivedNs));
    this.finish(job);
  }

  private countLengths({ pieces, items, length }: Batch<Job>): void {
    const { lengths } = this.counts;
    lengths.run += items * length;
    for (const { ticket, items: own } of pieces) lengths.own += own * (ticket.length ?? 0);
  }

  private count(items: number, { inputNs, inferNs }: RunAnswer, startedNs: bigint, ranNs: bigint): void {
    this.counts.executionCount++;
    const batch = batchCounts(this.counts, items);
    add(batch.computeInput, inputNs);
    add(batch.computeInfer, inferNs);
    add(batch.computeOutput, Math.max(0, Number(ranNs - startedNs) - inputNs - inferNs));
  }

  private recover(batch: Batch<Job>, error: ThinferError): void {
    const { worker, pieces } = batch;
    const place = this.places[worker]!;
    // It was taken back with the one before it, when the instance was lost.
    if (!this.dispatcher.holds(batch)) return;
    const requests = pieces.map(({ ticket }) => ticket.request.request.id);
    if (!place.alive) {
      this.lose(worker, error, requests);
      return;
    }
    place.tellRefused(error, requests);
    for (const { request: job } of this.dispatcher.refuse(batch, performance.now())) this.drop(job, error);
    this.pump();
  }
}

const clientLeft = (): ThinferError => new ThinferError('interrupted', 'the client has left');

const nobodyLives = (model: string): Refusal =>
  new Refusal('unavailable', `no instance of model '${model}' is alive; they are being restarted`);

const deadlinePassed = (model: string): Refusal =>
  new Refusal('late', `the request's deadline has passed before model '${model}' could answer it`);

function refusalOf(reason: 'full' | 'late' | 'none', expectedMs: number, model: string): Refusal {
  switch (reason) {
    case 'full':
      return new Refusal('overloaded', `Exceeds maximum queue size of model '${model}'`, { expectedMs });
    case 'late':
      return new Refusal(
        'late',
        `model '${model}' can't answer before the request's deadline: expected in ${Math.ceil(expectedMs)} ms`,
        { expectedMs },
      );
    case 'none':
      return nobodyLives(model);
  }
}

const coreMsOf = ({ view: { busyMs, threads } }: Place): number => busyMs * Math.max(1, threads);
