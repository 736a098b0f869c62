import { constants, type IncomingHttpHeaders } from 'node:http2';
import { type Ending, ending, grpcStatus } from './status-code.ts';

/** How a message is packed. */
export type Coding = 'identity' | 'gzip' | 'deflate';

/** What the headers of a call say. */
export interface RequestHead {
  readonly coding: Coding;
  /** How long the client waits; null: without bound. */
  readonly timeoutMs: number | null;
}

const msOf: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
const timeoutFormat = /^(\d{1,8})([HMSmun])$/;
/** Of a call that packs nothing and waits for ever. */
export const plainHead: RequestHead = { coding: 'identity', timeoutMs: null };

/** The HTTP status that refuses a request which is no call of gRPC; null: it is one. */
export function httpRefusal(headers: IncomingHttpHeaders): number | null {
  if (headers[':method'] !== 'POST') return constants.HTTP_STATUS_METHOD_NOT_ALLOWED;
  return isGrpc(headers['content-type']) ? null : constants.HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE;
}

/** Reads the headers of a call; an ending where they can't be read. */
export function readHead(headers: IncomingHttpHeaders): RequestHead | Ending {
  const encoding = headers['grpc-encoding'];
  const timeout = headers['grpc-timeout'];
  if (encoding === undefined && timeout === undefined) return plainHead;
  const coding = codingOf(encoding);
  if (coding === null) {
    const details = `the message encoding '${String(encoding).slice(0, 40)}' is unknown`;
    return {
      ...ending(grpcStatus.UNIMPLEMENTED, details),
      trailers: { 'grpc-accept-encoding': acceptedCodings },
    };
  }
  const timeoutMs = timeout === undefined ? null : parseTimeout(timeout);
  if (timeoutMs !== undefined) return { coding, timeoutMs };
  const details = `the deadline '${String(timeout).slice(0, 40)}' can't be read`;
  return ending(grpcStatus.INVALID_ARGUMENT, details);
}

/** What clients may send. */
export const acceptedCodings = 'identity,deflate,gzip';

/** `application/grpc`, alone or with the format of its messages or parameters behind it. */
function isGrpc(type: string | undefined): boolean {
  if (type === 'application/grpc') return true;
  return type !== undefined && /^application\/grpc(?:$|[+;])/i.test(type);
}

function codingOf(encoding: string | string[] | undefined): Coding | null {
  switch (encoding) {
    case undefined:
    case '':
    case 'identity':
      return 'identity';
    case 'gzip':
    case 'deflate':
      return encoding;
    default:
      return null;
  }
}

/** In ms; undefined where it is none. */
function parseTimeout(text: string | string[]): number | undefined {
  const match = timeoutFormat.exec(String(text));
  return match === null ? undefined : Number(match[1]) * msOf[match[2]!]!;
}
