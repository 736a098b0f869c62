import type { Reply } from '../outcome.ts';

/** A server as the loops see it: prepared requests by their number, each answered once. */
export interface Target {
  /**
   * Sends a prepared request. `settle` is called once and later, never before this returns, unless the function this gives is
   * called first: it gives up and drops the connection or stream.
   */
  send(payload: number, settle: (reply: Reply) => void): () => void;
  /** Requests that waited in the generator for a free connection. */
  readonly waited: number;
  /** Ends all connections. */
  close(): void;
}

/** Text of a server's error, safe to print: one line, without control characters, cut. */
export function cleanText(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
