import { randomBytes } from 'node:crypto';

/** Tells the ids of one process from those of others. */
const prefix = randomBytes(6).toString('hex');
let made = 0;

const longest = 128;

/** The client's `x-request-id` where it is well-formed (letters, digits, `-`, `_`, `.`, `:`; at most 128), a new one otherwise. */
export function requestId(header: string | string[] | undefined): string {
  if (typeof header === 'string' && wellFormed(header)) return header;
  made += 1;
  return `${prefix}-${made}`;
}

function wellFormed(id: string): boolean {
  if (id.length === 0 || id.length > longest) return false;
  for (let at = 0; at < id.length; at++) if (!allowed(id.charCodeAt(at))) return false;
  return true;
}

function allowed(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true;
  if (code >= 0x41 && code <= 0x5a) return true;
  // '0' to '9' and ':'
  if (code >= 0x30 && code <= 0x3a) return true;
  return code === 0x2d || code === 0x2e || code === 0x5f;
}
