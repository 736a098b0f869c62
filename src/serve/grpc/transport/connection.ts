import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';

/** When a connection is closed. */
export interface ConnectionLimits {
  /** Without calls for so long. */
  readonly idleMs: number;
  /** A ping is sent after so long, to notice clients that vanished. */
  readonly keepaliveMs: number;
  /** A ping that stays unanswered for so long. */
  readonly keepaliveTimeoutMs: number;
  /** A new connection that does not speak HTTP/2 within it. */
  readonly handshakeMs: number;
}

/** Frames that cost the client nothing: more than so many of them in so long a time are a flood. */
const floodFrames = 1000;
const floodWindowMs = 10_000;

/** One client's connection: who it is, whether it lives, and whether it behaves. */
export class Connection {
  /** Address and port of the client. */
  readonly peer: string;
  private readonly session: ServerHttp2Session;
  private readonly limits: ConnectionLimits;
  private readonly timers = new Set<NodeJS.Timeout>();
  private calls = 0;
  private idleSinceMs = performance.now();
  private floodSinceMs = 0;
  private frames = 0;
  private greeted = false;

  constructor(session: ServerHttp2Session, limits: ConnectionLimits) {
    this.session = session;
    this.limits = limits;
    const { remoteAddress = 'unknown', remotePort = 0 } = session.socket;
    this.peer = remoteAddress.includes(':')
      ? `[${remoteAddress}]:${remotePort}`
      : `${remoteAddress}:${remotePort}`;
    session.on('remoteSettings', () => {
      this.greeted = true;
      this.countFrame();
    });
    session.on('ping', () => this.countFrame());
    session.on('error', () => session.destroy());
    session.on('close', () => {
      for (const timer of this.timers) clearTimeout(timer);
    });
    this.after(limits.handshakeMs, () => {
      if (!this.greeted) session.destroy();
    });
    this.after(limits.idleMs, () => this.closeIfIdle());
    this.after(limits.keepaliveMs, () => this.ping());
  }

  /** Calls `open` for each call. */
  onCall(open: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void): void {
    this.session.on('stream', (stream, headers) => {
      this.calls++;
      stream.on('close', this.callClosed);
      open(stream, headers);
    });
  }

  /** Tells the client to go; calls under way are answered. */
  drain(): void {
    if (!this.session.destroyed) this.session.close();
  }

  /** Ends it at once. */
  destroy(): void {
    this.session.destroy();
  }

  private readonly callClosed = (): void => {
    this.calls--;
    this.idleSinceMs = performance.now();
  };

  private closeIfIdle(): void {
    const { idleMs } = this.limits;
    const idleForMs = this.calls > 0 ? 0 : performance.now() - this.idleSinceMs;
    // A timer may be early by a fraction.
    if (idleForMs >= idleMs - 1) this.session.close();
    else this.after(idleMs - idleForMs, () => this.closeIfIdle());
  }

  private ping(): void {
    const { session, limits } = this;
    if (session.destroyed) return;
    const timer = this.after(limits.keepaliveTimeoutMs, () => session.destroy());
    const sent = session.ping((error) => {
      this.forget(timer);
      if (error === null && !session.destroyed) this.after(limits.keepaliveMs, () => this.ping());
    });
    // Too many are under way: the one before goes unanswered, and its timer ends the connection.
    if (!sent) this.forget(timer);
  }

  private countFrame(): void {
    const nowMs = performance.now();
    if (nowMs - this.floodSinceMs > floodWindowMs) {
      this.floodSinceMs = nowMs;
      this.frames = 0;
    }
    if (++this.frames > floodFrames) this.session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  private after(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        if (!this.session.destroyed) run();
      },
      Math.min(ms, 2 ** 31 - 1),
    ).unref();
    this.timers.add(timer);
    return timer;
  }

  private forget(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.timers.delete(timer);
  }
}
