import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { frameHeadBytes, MessageReader, type MessageSink } from './message-reader.ts';
import { acceptedCodings, type RequestHead } from './request-head.ts';
import { type Ending, ending, grpcStatus, type Metadata, trailersOf } from './status-code.ts';

/** A serialised message on its way out: a buffer, or what copies itself as one does. */
export interface Outgoing {
  readonly byteLength: number;
  copy(target: Buffer, at?: number): number;
}

/** What a call is opened with. */
export interface CallOptions {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: string;
  readonly head: RequestHead;
  readonly maxMessageBytes: number;
}

const nothing = (): void => {};
/** Raw, since it is the same for every answer: names and values by turns. */
const answerHeaders = [
  ':status',
  '200',
  'content-type',
  'application/grpc',
  'grpc-accept-encoding',
  acceptedCodings,
];
const withTrailers = { waitForTrailers: true, sendDate: false };
const withoutBody = { endStream: true, sendDate: false };
const longestTimerMs = 2 ** 31 - 1;

/**
 * One call: its messages in, its answer out.
 *
 * Listeners are set from variables (`const leave = () => …; call.onCancel = leave`): V8 makes a function literal that is assigned to
 * a property in old space, where it keeps what it closes over until the next major collection.
 */
export class Call implements MessageSink {
  readonly path: string;
  readonly peer: string;
  /** Moment of `performance.now()` at which the client gives up; null: never. */
  readonly deadlineMs: number | null;
  /** Told of each message, whole and unpacked. */
  onMessage: (message: Buffer) => void = nothing;
  /** Told when the client has sent everything. */
  onHalfClose: () => void = nothing;
  /** Told when more may be written after a `write` that gave false. */
  onDrain: () => void = nothing;
  /** Told once when nobody waits any more: the client left, its time is over, or it broke the protocol. */
  onCancel: () => void = nothing;
  /** Told when the call is over, however it ended. */
  onClose: () => void = nothing;
  private readonly headers: IncomingHttpHeaders;
  private readonly reader: MessageReader;
  private stream: ServerHttp2Stream | null;
  private state: 'open' | 'answering' | 'ended' = 'open';
  private trailers: Record<string, string> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private halfClosed = false;
  private paused = false;

  constructor(stream: ServerHttp2Stream, { path, headers, peer, head, maxMessageBytes }: CallOptions) {
    this.stream = stream;
    this.path = path;
    this.headers = headers;
    this.peer = peer;
    this.reader = new MessageReader(this, head.coding, maxMessageBytes);
    const { timeoutMs } = head;
    this.deadlineMs = timeoutMs === null ? null : performance.now() + timeoutMs;
    if (timeoutMs !== null) this.watchDeadline(timeoutMs);
    attach(stream, this);
  }

  /** The value of a header; those that came more than once are joined. */
  header(name: string): string | undefined {
    const value = this.headers[name];
    return Array.isArray(value) ? value.join(',') : value;
  }

  /** Whether it is over for the client: nothing can be answered. */
  get ended(): boolean {
    return this.state === 'ended';
  }

  /** Whether a client reads more slowly than it is answered. */
  get blocked(): boolean {
    return this.stream?.writableNeedDrain ?? true;
  }

  /** Answers with one message, and ends. It is copied before this returns. Does nothing where the call has ended. */
  reply(message: Outgoing, trailers: Metadata): void {
    const stream = this.writable();
    if (stream === null) return;
    this.trailers = { ...trailers, 'grpc-status': '0' };
    this.finish();
    stream.respond(answerHeaders, withTrailers);
    stream.end(frame(message));
  }

  /** Sends the first headers of a stream. */
  open(metadata: Metadata = {}): void {
    const stream = this.writable();
    if (stream === null || this.state !== 'open') return;
    this.state = 'answering';
    stream.on('drain', onDrain);
    stream.respond([...answerHeaders, ...Object.entries(metadata).flat()], withTrailers);
  }

  /** Sends one message of a stream; false: wait for `onDrain`. */
  write(message: Outgoing): boolean {
    this.open();
    return this.writable()?.write(frame(message)) ?? true;
  }

  /** Ends. Does nothing where the call has ended. */
  end(how: Ending): void {
    const stream = this.writable();
    if (stream === null) return;
    const begun = this.state === 'answering';
    const trailers = trailersOf(how);
    this.finish();
    if (begun) {
      this.trailers = trailers;
      stream.end();
      return;
    }
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, withoutBody);
    this.rejectMore(stream);
  }

  /** Leaves further messages in the socket. */
  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.reader.hold();
    this.stream?.pause();
  }

  /** Undoes `pause`. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.stream?.resume();
    this.reader.release();
  }

  /** For the reader: a message is whole. */
  take(message: Buffer): void {
    if (!this.ended) this.onMessage(message);
  }

  /** For the reader: the client breaks the protocol. */
  fail(why: Ending): void {
    this.cancel();
    this.end(why);
  }

  /** For the reader: that was the last message. */
  takeEnd(): void {
    if (!this.ended) this.onHalfClose();
  }

  /** @internal Bytes came. */
  received(chunk: Buffer): void {
    if (!this.ended) this.reader.push(chunk);
  }

  /** @internal The client has sent everything. */
  receivedAll(): void {
    this.halfClosed = true;
    if (!this.ended) this.reader.end();
  }

  /** @internal All messages were sent. */
  sendTrailers(): void {
    const { stream, trailers } = this;
    if (stream === null || trailers === null) return;
    if (stream.destroyed || stream.closed) return;
    stream.sendTrailers(trailers);
    this.rejectMore(stream);
  }

  /** @internal The stream is gone; what refers to it is let go, for a stream may live on until a major collection. */
  closed(): void {
    this.cancel();
    this.finish();
    this.stream = null;
    this.trailers = null;
    this.onClose();
    this.onMessage = this.onHalfClose = this.onDrain = this.onClose = nothing;
  }

  private writable(): ServerHttp2Stream | null {
    const { stream } = this;
    return this.state === 'ended' || stream === null || stream.destroyed || stream.closed ? null : stream;
  }

  private finish(): void {
    this.state = 'ended';
    this.onCancel = nothing;
    this.reader.stop();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    // What still comes is thrown away; a stream that is not read is never closed.
    if (this.paused) this.stream?.resume();
  }

  /** The client may send on after its answer; it is told that nobody reads it, once the trailers are on their way. */
  private rejectMore(stream: ServerHttp2Stream): void {
    if (this.halfClosed) return;
    setImmediate(() => {
      if (!stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }

  private cancel(): void {
    if (this.ended) return;
    const { onCancel } = this;
    this.onCancel = nothing;
    onCancel();
  }

  private watchDeadline(timeoutMs: number): void {
    if (timeoutMs > longestTimerMs) return;
    this.timer = setTimeout(() => {
      this.cancel();
      this.end(ending(grpcStatus.DEADLINE_EXCEEDED, 'the deadline has passed'));
    }, timeoutMs);
    this.timer.unref();
  }
}

/** A message behind its head, in one piece. */
function frame(message: Outgoing): Buffer {
  const framed = Buffer.allocUnsafe(frameHeadBytes + message.byteLength);
  framed[0] = 0;
  framed.writeUInt32BE(message.byteLength, 1);
  message.copy(framed, frameHeadBytes);
  return framed;
}

const callOf = Symbol('call');
type CallStream = ServerHttp2Stream & { [callOf]?: Call | undefined };

/** The listeners are the same functions for all calls: no closures are made, and none keeps a call that has ended. */
function attach(stream: CallStream, call: Call): void {
  stream[callOf] = call;
  stream.on('data', onData);
  stream.on('end', onEnd);
  stream.on('wantTrailers', onWantTrailers);
  stream.on('close', onClose);
  // It is told by 'close' too, and unheard it would end the process.
  stream.on('error', nothing);
}

function onData(this: CallStream, chunk: Buffer): void {
  this[callOf]?.received(chunk);
}

function onEnd(this: CallStream): void {
  this[callOf]?.receivedAll();
}

function onWantTrailers(this: CallStream): void {
  this[callOf]?.sendTrailers();
}

function onDrain(this: CallStream): void {
  this[callOf]?.onDrain();
}

function onClose(this: CallStream): void {
  this[callOf]?.closed();
  this[callOf] = undefined;
}
