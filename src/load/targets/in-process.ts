import { ThinferError } from '../../errors.ts';
import { closeAll } from '../../instance/index.ts';
import type { Answer, Reply } from '../outcome.ts';
import type { RequestInputs } from '../requests/make-inputs.ts';
import { answerOf, type Lane, type LaneOptions, slotsOf, startLane } from './lane.ts';
import { cleanText, type Target } from './target.ts';
import { type WaitingRequest, WaitingRequests } from './waiting-requests.ts';

/** What is driven. */
export interface InProcessOptions {
  readonly lanes: readonly LaneOptions[];
  readonly inputs: readonly RequestInputs[];
  /** A run without an answer for so long counts as hung, and its instance is killed; in ms. */
  readonly hangMs: number;
  /** Answers are kept whole, so that they can be compared. */
  readonly keepOutputs: boolean;
  /** Ends the start. */
  readonly signal: AbortSignal;
  /** 0 … 1 of the start. */
  readonly onProgress: (share: number) => void;
}

/**
 * Instances without a server: each request is one batch, on the first instance that is free and large enough, in the order in which they came.
 * What an engine itself can do under an arrival process: no protocol, no batching. Inputs are copied into the instance's memory, which is part of a
 * request's latency.
 */
export class InProcessTarget implements Target {
  /** No connection is waited for; waiting for an instance is latency. */
  readonly waited = 0;
  private readonly options: InProcessOptions;
  private readonly lanes: Lane[];
  /** By prepared request. */
  private readonly slotOf: readonly number[];
  private readonly waiting = new WaitingRequests();
  private ending: Promise<void> | null = null;

  private constructor(options: InProcessOptions, lanes: Lane[], slotOf: readonly number[]) {
    this.options = options;
    this.lanes = lanes;
    this.slotOf = slotOf;
  }

  /** Starts all instances, and runs every shape once on each. Throws what keeps one from that; nothing is left behind then. */
  static async open(options: InProcessOptions): Promise<InProcessTarget> {
    const { slots, slotOf } = slotsOf(options.inputs);
    let done = 0;
    const total = options.lanes.length * (slots.length + 1);
    const onStep = (): void => options.onProgress(++done / total);
    const started = await Promise.allSettled(
      options.lanes.map((lane) => startLane(lane, slots, { ...options, onStep })),
    );
    const lanes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = started.find((one) => one.status === 'rejected');
    if (failed === undefined) return new InProcessTarget(options, lanes, slotOf);
    await closeAll(lanes.map(({ instance }) => instance));
    throw failed.reason;
  }

  send(payload: number, settle: (reply: Reply) => void): () => void {
    const { items } = this.options.inputs[payload]!;
    const request: WaitingRequest = { payload, items, settle, givenUp: false };
    // One that died while it was idle has told nobody yet.
    const able = this.lanes.filter(
      ({ mostItems, instance }) => mostItems >= items && instance.failed === undefined,
    );
    const free = able.filter(({ busy }) => !busy).sort((a, b) => a.mostItems - b.mostItems)[0];
    if (able.length === 0) setImmediate(() => this.settle(request, gone));
    else if (free === undefined) this.waiting.add(request);
    else void this.work(free, request);
    return () => {
      request.givenUp = true;
    };
  }

  close(): void {
    void this.end();
  }

  /** Ends all instances; resolves when none lives. What is under way is cut off. */
  end(): Promise<void> {
    const running = this.lanes.some(({ busy }) => busy);
    this.ending ??= closeAll(
      this.lanes.map(({ instance }) => instance),
      running,
    );
    return this.ending;
  }

  /** Runs a request, and those after it, until none waits that this instance can take. */
  private async work(lane: Lane, first: WaitingRequest): Promise<void> {
    lane.busy = true;
    for (let next: WaitingRequest | null = first; next !== null; ) {
      const request: WaitingRequest = next;
      const reply = await this.run(lane, request.payload);
      if (lane.instance.failed !== undefined) {
        this.settle(request, reply);
        return this.remove(lane);
      }
      next = this.waiting.take(lane.mostItems);
      if (next === null) lane.busy = false;
      this.settle(request, reply);
    }
  }

  private async run({ instance, memory }: Lane, payload: number): Promise<Reply> {
    const slot = this.slotOf[payload]!;
    try {
      const tensors = memory[slot]!;
      for (const [at, { data }] of this.options.inputs[payload]!.tensors.entries()) tensors[at]!.set(data);
      await instance.run({ slot, hangMs: this.options.hangMs });
      return { state: 'answered', answer: this.options.keepOutputs ? answerOf(instance) : nothingKept };
    } catch (thrown) {
      const { code, message } = ThinferError.from(thrown);
      const state = instance.failed === undefined ? 'failed' : 'lost';
      return { state, kind: code, text: cleanText(message) };
    }
  }

  /** It has died: those that no other one can take are lost. */
  private remove(lane: Lane): void {
    this.lanes.splice(this.lanes.indexOf(lane), 1);
    void lane.instance.close(true);
    // One that died while it was idle is still among them.
    const living = this.lanes.filter(({ instance }) => instance.failed === undefined);
    const largest = Math.max(0, ...living.map(({ mostItems }) => mostItems));
    if (lane.mostItems <= largest) return;
    const kept: WaitingRequest[] = [];
    for (let one = this.waiting.take(Infinity); one !== null; one = this.waiting.take(Infinity)) {
      if (one.items > largest) this.settle(one, gone);
      else kept.push(one);
    }
    for (const one of kept) this.waiting.add(one);
  }

  private settle({ givenUp, settle }: WaitingRequest, reply: Reply): void {
    if (!givenUp) settle(reply);
  }
}

const gone: Reply = { state: 'lost', kind: 'instance-failed', text: 'no instance that could take it lives' };
const nothingKept: Answer = { body: new Uint8Array(0), tensors: () => [] };
