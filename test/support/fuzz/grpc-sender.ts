import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { Sender } from './campaign.ts';
import {
  brokenFramesCall, type GrpcCase, mutatedCall, mutatedFieldsCall, otherCall, resetCall, streamCall, validCall,
} from './grpc-cases.ts'; // biome-ignore format: a list
import type { CaseOutcome } from './http-driver.ts';
import { Random } from './random.ts';

/** Generators and how often each is drawn, of 1000; the rest is what is no gRPC at all. */
const shares: readonly (readonly [number, (random: Random) => GrpcCase])[] = [
  [300, validCall],
  [300, mutatedCall],
  [180, mutatedFieldsCall],
  [80, brokenFramesCall],
  [60, streamCall],
  [40, resetCall],
  [37, otherCall],
];

const hangMs = 30_000;

/** Connections to a gRPC port, shared by senders, and opened anew when the server has closed one. */
export class GrpcFuzzer {
  private readonly address: string;
  private readonly seed: number;
  private readonly sessions = new Map<string, ClientHttp2Session>();

  constructor(address: string, seed: number) {
    this.address = address;
    this.seed = seed;
  }

  async send(index: number): Promise<CaseOutcome & { readonly family: string }> {
    const random = new Random(Math.imul(this.seed, 0x01000193) ^ index ^ 0x5bd1e995);
    let drawn = random.between(0, 999);
    for (const [share, make] of shares) {
      if (drawn < share) return this.call(make(random), index);
      drawn -= share;
    }
    await sendGarbage(this.address, random);
    return { family: 'grpc-garbage', problems: [], statuses: [] };
  }

  close(): void {
    for (const session of this.sessions.values()) session.destroy();
  }

  /** A call whose connection is closed by the server before it began is sent again: it says GOAWAY after too many resets. */
  private async call(given: GrpcCase, index: number): Promise<CaseOutcome & { readonly family: string }> {
    const kind =
      given.end === 'reset' || given.family === 'grpc-broken-frames' ? 'rough' : `calm-${index % 4}`;
    for (let tries = 0; ; tries++) {
      const outcome = await callOnce(this.session(kind), given);
      if (outcome === 'refused' && tries < 3) continue;
      const { family } = given;
      if (outcome === 'refused') return { family, problems: ['no connection takes the call'], statuses: [] };
      if (outcome === 'hang') return { family, problems: [`no answer within ${hangMs} ms`], statuses: [] };
      const { status, messages, details } = outcome;
      const problem = given.judge(status, messages, details);
      return {
        family,
        problems: problem === null ? [] : [problem],
        statuses: status === null ? [] : [status],
      };
    }
  }

  private session(kind: string): ClientHttp2Session {
    const known = this.sessions.get(kind);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = connect(`http://${this.address}`);
    session.on('error', () => session.destroy());
    this.sessions.set(kind, session);
    return session;
  }
}

/** A sender over shared connections. */
export function grpcSender(fuzzer: GrpcFuzzer): Sender {
  return { send: (index) => fuzzer.send(index), close: () => {} };
}

interface CallEnd {
  readonly status: number | null;
  readonly messages: readonly Buffer[];
  readonly details: string;
}

function callOnce(session: ClientHttp2Session, given: GrpcCase): Promise<CallEnd | 'refused' | 'hang'> {
  return new Promise((resolve) => {
    let stream: ClientHttp2Stream;
    try {
      stream = session.request({
        ...{ ':method': 'POST', ':path': given.path, te: 'trailers', 'content-type': 'application/grpc' },
        ...given.headers,
      });
    } catch {
      resolve('refused');
      return;
    }
    const timer = setTimeout(() => {
      stream.close(constants.NGHTTP2_CANCEL);
      resolve('hang');
    }, hangMs);
    const pieces: Buffer[] = [];
    let status: number | null = null;
    let details = '';
    const noteStatus = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']);
      details = String(headers['grpc-message'] ?? details);
    };
    stream.on('response', noteStatus);
    stream.on('trailers', noteStatus);
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('error', () => {});
    stream.on('close', () => {
      clearTimeout(timer);
      const refused =
        stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || (status === null && session.closed);
      resolve(
        refused && given.end !== 'reset' ? 'refused' : { status, messages: messagesOf(pieces), details },
      );
    });
    if (given.end === 'half-close') stream.end(given.frames);
    else {
      stream.write(given.frames);
      setImmediate(() => stream.close(constants.NGHTTP2_CANCEL));
    }
  });
}

function messagesOf(pieces: readonly Buffer[]): Buffer[] {
  const bytes = Buffer.concat(pieces);
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return messages;
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Bytes that are no HTTP/2, or a beginning of it with damaged frames and hundreds of streams reset at once. */
function sendGarbage(address: string, random: Random): Promise<void> {
  const frames = Array.from({ length: random.between(1, 300) }, (_, at) => h2Frame(random, 1 + 2 * at));
  const bytes = random.chance(0.2)
    ? random.bytes(300)
    : Buffer.concat([preface, h2Frame(random, 0, 4), ...frames]);
  return new Promise((resolve) => {
    const socket = connectSocket({ port: Number(address.split(':').at(-1)), host: '127.0.0.1' }, () =>
      socket.write(bytes),
    );
    const timer = setTimeout(() => socket.destroy(), random.between(5, 50));
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** HEADERS of a call in HPACK's static table and plain literals, resets, and frames of any type and length. */
function h2Frame(
  random: Random,
  stream: number,
  type = random.pick([1, 1, 1, 3, 3, 0, 2, 4, 5, 6, 7, 8, 9, 42]),
): Buffer {
  const payload =
    type === 1
      ? Buffer.concat([
          Buffer.from([0x83, 0x86, 0x04, 2, 0x2f, 0x78, 0x01, 1, 0x78]),
          random.bytes(random.pick([0, 0, 0, 5])),
        ])
      : type === 4 && stream === 0
        ? Buffer.alloc(0)
        : type === 3
          ? Buffer.from([0, 0, 0, 8])
          : random.bytes(random.between(0, 20));
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = type === 1 ? 4 : stream === 0 ? 0 : random.pick([0, 1, 4, 8, 255]);
  head.writeUInt32BE(type === 3 ? Math.max(1, stream - 2) : stream, 5);
  return Buffer.concat([head, payload]);
}
