/**
 * The process of one instance. Its main thread blocks on descriptor 3 and runs the engine; nothing else happens here.
 * It ends when the descriptor closes.
 */
import { readSync, writeSync } from 'node:fs';
import { type Binding, type Engine, loadEngine } from '../engine/index.ts';
import { ThinferError } from '../errors.ts';
import { readMemoryPolicy, setMemoryPolicy } from '../machine/memory-policy.ts';
import { Arena } from './arena.ts';
import type { PlacedOutput, ToChild, ToParent } from './messages.ts';
import {
  decodeHeader,
  encodeDone,
  encodeFrame,
  encodeMessage,
  type Frame,
  headerBytes,
  protocolVersion,
} from './protocol.ts';

const controlFd = 3;
const arenaFd = 4;

/** Below this wait a sleep is too coarse, and the start is met by spinning. */
const spinNs = 150_000n;

class Child {
  private readonly arena = Arena.open(arenaFd);
  private readonly bindings = new Map<number, Binding>();
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(4));
  private engine: Engine | undefined;

  async serve(): Promise<void> {
    this.say(0, { type: 'hello', protocol: protocolVersion, pid: process.pid });
    for (let frame = readFrame(); frame !== null; frame = readFrame()) {
      try {
        if (frame.kind === 'run') await this.run(frame);
        else if (!(await this.handle(frame.sequence, JSON.parse(frame.payload.toString('utf8'))))) return;
      } catch (thrown) {
        const { code, message, remedy } = ThinferError.from(thrown);
        this.say(frame.sequence, {
          type: 'failed',
          code,
          message,
          ...(remedy === undefined ? {} : { remedy }),
        });
      }
    }
  }

  /** Whether to go on. */
  private async handle(sequence: number, message: ToChild): Promise<boolean> {
    switch (message.type) {
      case 'load':
        this.say(sequence, await this.load(message));
        return true;
      case 'bind':
        this.say(sequence, { type: 'bound', outputs: await this.bind(message) });
        return true;
      case 'close':
        await this.engine?.close();
        this.say(sequence, { type: 'closed' });
        return false;
      default:
        throw new ThinferError('bug', `unknown message ${JSON.stringify(message)}. This is a bug.`);
    }
  }

  private async load({ settings, memoryPolicy }: Extract<ToChild, { type: 'load' }>): Promise<ToParent> {
    const begin = performance.now();
    if (memoryPolicy.mode !== 'default') setMemoryPolicy(memoryPolicy);
    this.engine = await loadEngine(settings);
    const { name, version, signature } = this.engine;
    return {
      type: 'loaded',
      engine: { name, version },
      signature,
      memoryPolicy: readMemoryPolicy(),
      loadMs: performance.now() - begin,
    };
  }

  private async bind({ slot, inputs, outputs }: Extract<ToChild, { type: 'bind' }>) {
    const engine = this.engine;
    if (engine === undefined) throw new ThinferError('bug', 'bind came before load. This is a bug.');
    const feeds = inputs.map((tensor) => this.onArena(tensor));
    if (outputs === null) return engine.outputShapes(feeds);
    // The first touch decides the NUMA node, and the memory shall be this process's.
    for (const { data } of feeds) data.fill(0);
    this.bindings.set(
      slot,
      engine.bind(
        feeds,
        outputs.map((tensor) => this.onArena(tensor)),
      ),
    );
    return null;
  }

  private onArena<T extends PlacedOutput>({ offset, bytes, ...tensor }: T) {
    return { ...tensor, data: this.arena.view(offset, bytes) };
  }

  private async run({ slot, sequence, count, startNs, untilNs }: Frame): Promise<void> {
    const binding = this.bindings.get(slot);
    if (binding === undefined) throw new ThinferError('bug', `slot ${slot} is not bound. This is a bug.`);
    const times: bigint[] = [];
    this.waitUntil(startNs);
    do {
      const begin = process.hrtime.bigint();
      const pending = binding.run();
      if (pending !== undefined) await pending;
      const end = process.hrtime.bigint();
      times.push(begin, end);
      if (untilNs !== 0n && end >= untilNs) break;
    } while (times.length < 2 * count);
    const payload = encodeDone(times, binding.collect());
    write(encodeFrame({ kind: 'done', sequence, slot, count: times.length / 2, payload }));
  }

  private waitUntil(startNs: bigint): void {
    for (;;) {
      const left = startNs - process.hrtime.bigint();
      if (left <= 0n) return;
      if (left > spinNs) Atomics.wait(this.sleeper, 0, 0, Number(left - spinNs) / 1e6);
    }
  }

  private say(sequence: number, message: ToParent): void {
    write(encodeMessage(sequence, message));
  }
}

function write(bytes: Buffer): void {
  for (let written = 0; written < bytes.length; )
    written += writeSync(controlFd, bytes, written, bytes.length - written);
}

function readExactly(bytes: Buffer): boolean {
  for (let filled = 0; filled < bytes.length; ) {
    const count = readSync(controlFd, bytes, filled, bytes.length - filled, null);
    if (count === 0) return false;
    filled += count;
  }
  return true;
}

const header = Buffer.alloc(headerBytes);

/** The next frame, or null when the parent has closed the descriptor. */
function readFrame(): Frame | null {
  if (!readExactly(header)) return null;
  const { frame, payloadBytes } = decodeHeader(header);
  const payload = Buffer.alloc(payloadBytes);
  return payloadBytes === 0 || readExactly(payload) ? { ...frame, payload } : null;
}

process.title = 'thinfer-instance';
await new Child().serve();
process.exit(0);
