import { gunzip, inflate } from 'node:zlib';
import type { Coding } from './request-head.ts';
import { type Ending, ending, grpcStatus } from './status-code.ts';

/** What is told of the messages of a call. */
export interface MessageSink {
  /** One is whole, in memory of its own. */
  take(message: Buffer): void;
  /** The last one was taken, and the client has nothing more to send. */
  takeEnd(): void;
  /** What came is no message that is taken. Nothing is told after it. */
  fail(why: Ending): void;
}

/** Bytes before each message: whether it is compressed, and its length. */
export const frameHeadBytes = 5;

/** What a message may take before its bytes are there. Beyond it, memory is doubled as they come. */
const trustedBytes = 256 * 1024;

/**
 * Cuts the bytes of a call into messages. They are copied as they come, once, so that pieces keep no socket's buffer alive and a
 * thousand small ones cost no more than a large one.
 */
export class MessageReader {
  private readonly sink: MessageSink;
  private readonly coding: Coding;
  private readonly maxBytes: number;
  private state: 'reading' | 'ended' | 'over' = 'reading';
  private headRead = 0;
  private flag = 0;
  private length = 0;
  private filled = 0;
  private buffer: Buffer = none;
  /** Reasons to tell nothing for a while. */
  private holds = 0;
  /** What came in the meantime; null: nothing. */
  private rest: Buffer | null = null;

  constructor(sink: MessageSink, coding: Coding, maxBytes: number) {
    this.sink = sink;
    this.coding = coding;
    this.maxBytes = maxBytes;
  }

  /** Takes bytes. */
  push(chunk: Buffer): void {
    if (this.holds > 0) this.rest = this.rest === null ? chunk : Buffer.concat([this.rest, chunk]);
    else this.read(chunk);
  }

  /** No more bytes come. */
  end(): void {
    if (this.state === 'reading') this.state = 'ended';
    this.settle();
  }

  /** Nothing is told any more. */
  stop(): void {
    this.state = 'over';
    this.rest = null;
    this.buffer = none;
  }

  /** No message is told until `release`. */
  hold(): void {
    this.holds++;
  }

  /** Takes one `hold` back. */
  release(): void {
    this.holds--;
    if (this.holds > 0) return;
    const { rest } = this;
    this.rest = null;
    if (rest !== null) this.read(rest);
    this.settle();
  }

  private read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.state !== 'over') {
      if (this.holds > 0) {
        this.rest = chunk.subarray(at);
        return;
      }
      at = this.headRead < frameHeadBytes ? this.readHead(chunk, at) : this.readBody(chunk, at);
    }
  }

  private readHead(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && this.headRead < frameHeadBytes) {
      const byte = chunk[at++]!;
      if (this.headRead++ === 0) this.flag = byte;
      else this.length = this.length * 256 + byte;
    }
    if (this.headRead === frameHeadBytes) this.begin();
    return at;
  }

  private begin(): void {
    if (this.flag > 1) this.fail(ending(grpcStatus.INVALID_ARGUMENT, `a message has the flag ${this.flag}`));
    else if (this.flag === 1 && this.coding === 'identity')
      this.fail(
        ending(grpcStatus.INVALID_ARGUMENT, 'a message is compressed, but no grpc-encoding is named'),
      );
    else if (this.length > this.maxBytes) this.fail(tooLarge(this.length, this.maxBytes));
    else if (this.length === 0) this.complete(none);
  }

  private readBody(chunk: Buffer, from: number): number {
    const count = Math.min(this.length - this.filled, chunk.length - from);
    this.makeRoom(count);
    chunk.copy(this.buffer, this.filled, from, from + count);
    this.filled += count;
    if (this.filled === this.length) this.complete(this.buffer);
    return from + count;
  }

  /** A length is only a claim: memory follows what has come. */
  private makeRoom(count: number): void {
    const needed = this.filled + count;
    if (this.buffer.length >= needed) return;
    const size = Math.min(this.length, Math.max(trustedBytes, needed * 2));
    const larger = Buffer.allocUnsafe(size);
    this.buffer.copy(larger, 0, 0, this.filled);
    this.buffer = larger;
  }

  private complete(message: Buffer): void {
    const { flag } = this;
    this.buffer = none;
    this.headRead = this.length = this.filled = 0;
    if (flag === 0) this.sink.take(message);
    else this.unpack(message);
  }

  private unpack(message: Buffer): void {
    this.hold();
    const unzip = this.coding === 'gzip' ? gunzip : inflate;
    unzip(message, { maxOutputLength: this.maxBytes }, (error, unpacked) => {
      if (this.state === 'over') return;
      if (error === null) this.sink.take(unpacked);
      else if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
        this.fail(tooLarge(null, this.maxBytes));
      else
        this.fail(
          ending(grpcStatus.INVALID_ARGUMENT, `a message is no valid ${this.coding}: ${error.message}`),
        );
      this.release();
    });
  }

  private settle(): void {
    if (this.state !== 'ended' || this.holds > 0 || this.rest !== null) return;
    if (this.headRead > 0) {
      this.fail(ending(grpcStatus.INVALID_ARGUMENT, 'the call ended within a message'));
      return;
    }
    this.state = 'over';
    this.sink.takeEnd();
  }

  private fail(why: Ending): void {
    this.stop();
    this.sink.fail(why);
  }
}

const none: Buffer = Buffer.alloc(0);

function tooLarge(bytes: number | null, most: number): Ending {
  const what = bytes === null ? 'a message unpacks to more than' : `a message has ${bytes} bytes, more than`;
  return ending(grpcStatus.RESOURCE_EXHAUSTED, `${what} the limit of ${most} bytes`);
}
