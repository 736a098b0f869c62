import { type EngineSettings, stringsLength, tensorBytes } from '../engine/index.ts';
import { ThinferError } from '../errors.ts';
import { type IdleMeans, raisePriority } from '../machine/priority.ts';
import type { Allocator, HugePages, MemoryPolicy } from '../machine/types.ts';
import { elementCount, type ResolvedOutput, type ResolvedTensor } from '../model/index.ts';
import { Arena } from './arena.ts';
import { HangWatch } from './hang-watch.ts';
import {
  type PlacedOutput,
  type PlacedTensor,
  parseFromChild,
  type ToChild,
  type ToParent,
} from './messages.ts';
import { Pauses } from './pauses.ts';
import { endOf, type Placement, placeInputs, placeOutputs } from './place-tensors.ts';
import {
  decodeDone,
  encodeMessage,
  type Frame,
  FrameReader,
  headerBytes,
  protocolVersion,
  type RunTimes,
  writeHeader,
} from './protocol.ts';
import { killWithChildren, type Spawned, spawnInstance } from './spawn.ts';

/** How an instance is started. */
export interface InstanceOptions {
  readonly settings: EngineSettings;
  /** CPUs to pin it to; null leaves it unpinned. */
  readonly cpus: readonly number[] | null;
  /** Default: the kernel's (local to the CPU that touches the memory first). */
  readonly memoryPolicy?: MemoryPolicy;
  /** Preloaded instead of the C library's. Default: the C library's. */
  readonly allocator?: Allocator;
  /** Default: as the system's mode is. */
  readonly hugePages?: HugePages;
  /** Loading that takes longer counts as hung, and so does a start of the process. Default 300,000 ms. */
  readonly loadTimeoutMs?: number;
  /** Ends the instance while it starts. Default: none. */
  readonly signal?: AbortSignal;
  /** It runs in the time that others leave, by these means, until `raise`; null: it gets its share. Default null. */
  readonly idle?: IdleMeans | null;
  /** Whether others need its CPUs now: it is stopped meanwhile where `idle` names no means. Default: they never do. */
  readonly areCpusNeeded?: () => boolean;
  /** Aborted when it is to get its share while it starts. Default: never. */
  readonly raiseOn?: AbortSignal;
  /** Another program that speaks the protocol. Default: thinfer's own child. */
  readonly command?: readonly string[];
}

/** Where a binding lies, and how long making it may take. */
export interface BindOptions {
  /** Number of the binding, 0 … 65,535: an instance keeps as many as are made, and runs any of them. Default 0. */
  readonly slot?: number;
  /** First byte of the inputs in the arena, a multiple of 64; slots that never run at once may share memory. Default 0. */
  readonly inputsAt?: number;
  /** The same of the outputs. Default: behind the inputs. */
  readonly outputsAt?: number;
  /** Without an answer for so long, the instance counts as hung and is killed. Default 300,000 ms. */
  readonly hangMs?: number;
}

/** One request to run. */
export interface RunRequest {
  /** The binding that runs. Default 0. */
  readonly slot?: number;
  /** Runs at most; default 1. */
  readonly count?: number;
  /** CLOCK_MONOTONIC nanoseconds before which the first run does not begin. Default: at once. */
  readonly startNs?: bigint;
  /** No further run begins after this moment. Default: none. */
  readonly untilNs?: bigint;
  /** Without an answer for so long, the instance counts as hung and is killed. */
  readonly hangMs: number;
}

/** What the child told when it had loaded the model. */
export type Loaded = Extract<ToParent, { type: 'loaded' }>;

/** A second request waits in the instance's own descriptor, so that it goes on without a pause. */
const mostWaiting = 2;
const politeMs = 2000;
const helloMs = 60_000;
const loadMs = 300_000;

const noShapes: ReadonlyMap<string, readonly number[]> = new Map();

interface Waiting {
  readonly sequence: number;
  readonly hangMs: number;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: ThinferError) => void;
}

/**
 * One child process with one loaded model, from start to end. Requests are done in their order; a second one may be under way behind the
 * first.
 */
export class Instance {
  readonly pid: number;
  readonly cpus: readonly number[] | null;
  private readonly spawned: Spawned;
  /** Null: it has its share of the CPUs. */
  private idle: IdleMeans | null;
  private readonly pauses: Pauses | null = null;
  private readonly arena: Arena;
  private readonly reader = new FrameReader();
  /** Written anew by turns: the one before the last was read when that was answered. */
  private readonly runFrames = [Buffer.alloc(headerBytes), Buffer.alloc(headerBytes)] as const;
  private readonly watch: HangWatch;
  private readonly ended: Promise<void>;
  /** Those whose answers are due, in order. */
  private readonly waiting: Waiting[] = [];
  private failure: ThinferError | undefined;
  private sequence = 0;
  private readonly slots = new Map<number, Placement>();
  /** The slot that ran last, and what it told of outputs bound without a shape, by name. */
  private lastSlot = 0;
  private shapes = noShapes;
  private info: Loaded | undefined;

  private constructor(options: InstanceOptions) {
    this.cpus = options.cpus;
    this.arena = Arena.create();
    this.idle = options.idle ?? null;
    this.spawned = spawnInstance({
      cpus: options.cpus,
      arena: this.arena,
      untuned: options.settings.untuned ?? false,
      allocator: options.allocator,
      hugePages: options.hugePages,
      idle: this.idle,
      command: options.command,
    });
    const { process: child, control } = this.spawned;
    this.pid = child.pid ?? -1;
    if (this.idle?.policy === false && !this.idle.group && child.pid !== undefined)
      this.pauses = new Pauses(child.pid, options.areCpusNeeded ?? (() => false));
    child.once('exit', () => this.pauses?.end());
    this.watch = new HangWatch((hangMs) =>
      this.kill(`gave no answer within ${Math.round(hangMs)} ms and was killed`),
    );
    this.ended = new Promise((resolve) => {
      child.once('error', (cause) => this.fail(`could not be started: ${cause.message}`, resolve));
      // `close`, not `exit`: the last words have been read by then.
      child.once('close', (status, signal) => this.fail(describeEnd(status, signal), resolve));
    });
    control.on('error', () => {});
    control.once('close', () => this.expectEnd());
    control.on('data', (chunk: Buffer) => this.receive(chunk));
  }

  /** Starts the process and loads the model. Whatever fails on the way, nothing is left behind. */
  static async start(options: InstanceOptions): Promise<Instance> {
    options.signal?.throwIfAborted();
    const instance = new Instance(options);
    const { loadTimeoutMs = loadMs } = options;
    const stop = (): void => void instance.close(true);
    const raise = (): void => instance.raise();
    options.raiseOn?.addEventListener('abort', raise, { once: true });
    options.signal?.addEventListener('abort', stop, { once: true });
    try {
      await instance.greet(Math.min(helloMs, loadTimeoutMs));
      instance.info = instance.expect(
        await instance.ask(
          {
            type: 'load',
            settings: options.settings,
            memoryPolicy: options.memoryPolicy ?? { mode: 'default' },
          },
          loadTimeoutMs,
        ),
        'loaded',
      );
      return instance;
    } catch (error) {
      await instance.close();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', stop);
      options.raiseOn?.removeEventListener('abort', raise);
    }
  }

  /** What the engine told of itself and the model. */
  get loaded(): Loaded {
    if (this.info === undefined)
      throw new ThinferError('bug', 'The instance has not loaded yet. This is a bug.');
    return this.info;
  }

  /** It gets its share of the CPUs from now on; where it was begun `idle`. */
  raise(): void {
    if (this.idle !== null && this.failure === undefined) raisePriority(this.pid, this.idle);
    this.idle = null;
    this.pauses?.end();
  }

  /** Calls back when the process is gone, whatever the reason. */
  onEnd(call: () => void): void {
    void this.ended.then(call);
  }

  /** Why the instance can't be used any more; undefined while it can. */
  get failed(): ThinferError | undefined {
    return this.failure;
  }

  /**
   * Lays inputs and outputs into the arena and prepares runs on them; replaces what the slot was bound to before. The inputs'
   * memory is to be filled afterwards.
   *
   * @param outputs Their shapes and bytes at these inputs. Shape null: it depends on the inputs' values; then up to
   *   `bytes` are returned, by default 8 times the inputs' bytes, between 1 and 256 MiB. Null: the engine is asked which
   *   shapes it knows.
   */
  async bind(
    inputs: readonly ResolvedTensor[],
    outputs: readonly ResolvedOutput[] | null,
    { slot = 0, inputsAt = 0, outputsAt, hangMs = 300_000 }: BindOptions = {},
  ): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const placed = placeInputs(inputs, inputsAt);
    this.arena.grow(endOf(placed));
    const shapes = outputs ?? (await this.askShapes(slot, placed, hangMs));
    const placedOutputs = placeOutputs(placed, shapes, outputsAt);
    this.arena.grow(endOf(placedOutputs));
    const message: ToChild = { type: 'bind', slot, inputs: placed, outputs: placedOutputs };
    this.expect(await this.ask(message, hangMs), 'bound');
    this.slots.set(slot, { inputs: placed, outputs: placedOutputs });
    if (slot === this.lastSlot) this.shapes = noShapes;
  }

  /** The memory of a bound input. */
  input(name: string, slot = 0): Uint8Array {
    const { offset, bytes } = this.bound(this.slots.get(slot)?.inputs, name);
    return this.arena.view(offset, bytes);
  }

  /**
   * The memory of an output of the slot that ran last; valid until what shares its memory is run or bound. Throws
   * `shape-invalid` where the last run gave it more bytes than it was bound with: `outputs` tells how many it needs to be
   * bound and run again.
   */
  output(name: string): Uint8Array {
    const placed = this.bound(this.slots.get(this.lastSlot)?.outputs, name);
    const { shape, bytes } = this.outputs.find((output) => output.name === name)!;
    if (shape === null || bytes === null)
      throw new ThinferError('bug', `Output "${name}" is asked for, and nothing was run. This is a bug.`);
    if (placed.type === 'string') {
      const memory = this.arena.view(placed.offset, placed.bytes);
      return memory.subarray(0, stringsLength(memory, elementCount(shape)));
    }
    if (bytes > placed.bytes)
      throw new ThinferError(
        'shape-invalid',
        `output "${name}" of shape ${shape.join('x')} takes ${bytes} bytes, and only ${placed.bytes} were set aside for it`,
        { remedy: 'bind it with as many bytes, and run again' },
      );
    return this.arena.view(placed.offset, bytes);
  }

  /**
   * The bound outputs of the slot that ran last. Shapes that depend on the inputs' values, and their bytes, are those of
   * that run; null before the first.
   */
  get outputs(): readonly ResolvedOutput[] {
    return (this.slots.get(this.lastSlot)?.outputs ?? []).map(({ name, type, shape, bytes }) => {
      if (shape !== null) return { name, type, shape, bytes };
      const given = this.shapes.get(name) ?? null;
      return { name, type, shape: given, bytes: given === null ? null : tensorBytes(type, given) };
    });
  }

  /** The outputs a slot is bound to, and the bytes set aside for each. */
  boundOutputs(slot: number): readonly ResolvedOutput[] {
    return this.slots.get(slot)?.outputs ?? [];
  }

  /** All memory set aside for an output of a slot, whatever was run. */
  outputMemory(name: string, slot: number): Uint8Array {
    const { offset, bytes } = this.bound(this.slots.get(slot)?.outputs, name);
    return this.arena.view(offset, bytes);
  }

  /** Runs what is bound. Throws what the engine threw (the instance lives), or `instance-failed` (it does not). */
  async run({ slot = 0, count = 1, startNs = 0n, untilNs = 0n, hangMs }: RunRequest): Promise<RunTimes> {
    const sequence = ++this.sequence;
    const bytes = this.runFrames[sequence % 2]!;
    writeHeader(bytes, { kind: 'run', slot, sequence, count, startNs, untilNs }, 0);
    const frame = await this.request(bytes, sequence, hangMs);
    this.lastSlot = slot;
    this.shapes = noShapes;
    if (frame.kind !== 'done') throw this.unexpected(this.parse(frame));
    const open = this.open(slot);
    const done = decodeDone(frame.payload, frame.count, open.length);
    if (frame.count < 1 || frame.count > count || done === null)
      throw this.kill(
        `broke the protocol: it told of ${frame.count} runs in ${frame.payload.length} bytes, and ${count} were asked for`,
      );
    if (open.length > 0) this.shapes = new Map(open.map(({ name }, index) => [name, done.shapes[index]!]));
    return done.times;
  }

  /**
   * Ends the process and returns when it is gone: politely, then by SIGTERM, then by SIGKILL.
   *
   * @param now SIGKILL at once; for interrupts, when a run may be under way.
   * @param viewed The arena stays mapped until this is fulfilled, for whoever reads outputs still.
   */
  async close(now = false, viewed: Promise<void> = Promise.resolve()): Promise<void> {
    // A stopped process hears nothing.
    this.pauses?.end();
    if (this.failure === undefined && !now) {
      this.failure = new ThinferError('instance-failed', 'the instance was closed');
      this.spawned.control.write(encodeMessage(++this.sequence, { type: 'close' }));
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        const late = setTimeout(
          () => this.spawned.process.kill(signal),
          signal === 'SIGTERM' ? politeMs : 2 * politeMs,
        );
        void this.ended.then(() => clearTimeout(late));
      }
    } else {
      this.failure ??= new ThinferError('instance-failed', 'the instance was closed');
      killWithChildren(this.spawned.process);
    }
    await this.ended;
    this.watch.stop();
    await viewed;
    this.slots.clear();
    this.arena.close();
  }

  private async greet(hangMs: number): Promise<void> {
    const hello = this.expect(this.parse(await this.request(null, 0, hangMs)), 'hello');
    if (hello.protocol !== protocolVersion)
      throw this.kill(`speaks protocol ${hello.protocol}, and thinfer speaks ${protocolVersion}`);
  }

  private async askShapes(slot: number, inputs: PlacedTensor[], hangMs: number): Promise<ResolvedOutput[]> {
    const { outputs } = this.expect(
      await this.ask({ type: 'bind', slot, inputs, outputs: null }, hangMs),
      'bound',
    );
    if (outputs === null) throw this.kill('broke the protocol: it did not tell the shapes of the outputs');
    return outputs.map(({ name, type, shape }) => ({
      name,
      type,
      shape,
      bytes: shape === null || type === 'string' ? null : tensorBytes(type, shape),
    }));
  }

  /** Outputs of a slot whose shapes depend on the inputs' values. */
  private open(slot: number): readonly PlacedOutput[] {
    const outputs = this.slots.get(slot)?.outputs ?? [];
    return outputs.some(({ shape }) => shape === null) ? outputs.filter(({ shape }) => shape === null) : [];
  }

  private bound<T extends { readonly name: string }>(tensors: readonly T[] | undefined, name: string): T {
    const tensor = tensors?.find((candidate) => candidate.name === name);
    if (tensor === undefined) throw new ThinferError('bug', `No tensor "${name}" is bound. This is a bug.`);
    return tensor;
  }

  private async ask(message: ToChild, hangMs: number): Promise<ToParent> {
    const sequence = ++this.sequence;
    return this.parse(await this.request(encodeMessage(sequence, message), sequence, hangMs));
  }

  private request(bytes: Buffer | null, sequence: number, hangMs: number): Promise<Frame> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.waiting.length >= mostWaiting)
      return Promise.reject(
        new ThinferError('bug', `The instance is asked ${mostWaiting + 1} times at once. This is a bug.`),
      );
    return new Promise<Frame>((resolve, reject) => {
      if (this.waiting.push({ sequence, hangMs, resolve, reject }) === 1) this.watch.begin(hangMs);
      if (bytes !== null) this.spawned.control.write(bytes);
    });
  }

  /** Whom the next answer is for, who does not wait afterwards. What is behind it begins now. */
  private settle(): Waiting | undefined {
    const first = this.waiting.shift();
    const next = this.waiting[0];
    if (next === undefined) this.watch.end();
    else this.watch.begin(next.hangMs);
    return first;
  }

  private receive(chunk: Buffer): void {
    try {
      for (const frame of this.reader.push(chunk)) {
        if (this.failure !== undefined) continue;
        const awaited = this.waiting[0]?.sequence;
        if (frame.sequence !== awaited)
          throw new Error(`answer ${frame.sequence} came where ${awaited ?? 'none'} was awaited`);
        this.settle()!.resolve(frame);
      }
    } catch (cause) {
      this.kill(`broke the protocol: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  private parse(frame: Frame): ToParent {
    if (frame.kind !== 'json')
      throw this.kill(`broke the protocol: a ${frame.kind} frame came where a message was due`);
    try {
      return parseFromChild(frame.payload);
    } catch {
      throw this.kill(`broke the protocol: ${JSON.stringify(frame.payload.toString('utf8').slice(0, 200))}`);
    }
  }

  private expect<T extends ToParent['type']>(message: ToParent, type: T): Extract<ToParent, { type: T }> {
    if (message.type !== type) throw this.unexpected(message);
    return message as Extract<ToParent, { type: T }>;
  }

  private unexpected(message: ToParent): ThinferError {
    if (message.type !== 'failed') return this.kill(`broke the protocol: an unexpected ${message.type}`);
    const detail = message.remedy === undefined ? {} : { remedy: message.remedy };
    return new ThinferError(message.code, message.message, detail);
  }

  private kill(why: string): ThinferError {
    const error = this.fail(why);
    killWithChildren(this.spawned.process);
    return error;
  }

  /** A process that closed its descriptor and does not end can't be spoken to any more. */
  private expectEnd(): void {
    const late = setTimeout(() => this.kill('closed its control descriptor and did not end'), politeMs);
    void this.ended.then(() => clearTimeout(late));
  }

  /** Makes the instance unusable and tells whoever waits; the first reason stays. */
  private fail(why: string, then?: () => void): ThinferError {
    const words = this.spawned.lastWords();
    const where = `instance ${this.pid}${this.cpus === null ? '' : ` on CPUs ${this.cpus.join(',')}`}`;
    this.failure ??= new ThinferError(
      'instance-failed',
      `${where} ${why}${words === '' ? '' : `; its last words: ${words}`}`,
    );
    for (let next = this.settle(); next !== undefined; next = this.settle()) next.reject(this.failure);
    then?.();
    return this.failure;
  }
}

/** Waits for every instance to close, whatever happens to the others. */
export async function closeAll(instances: Iterable<Instance>, now = false): Promise<void> {
  await Promise.allSettled([...instances].map((instance) => instance.close(now)));
}

function describeEnd(status: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'was killed by SIGKILL (by the kernel, if memory ran out)';
  return signal === null ? `ended with status ${status}` : `died of ${signal}`;
}
