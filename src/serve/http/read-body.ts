import { ThinferError } from '../../errors.ts';
import type { Chunks } from '../chunks.ts';
import { Refusal } from '../refusal.ts';
import { BodyPieces } from './body-pieces.ts';
import type { Exchange } from './exchange.ts';
import { HttpProblem } from './http-problem.ts';

/** Bytes of bodies that a listener holds. */
export interface HeldBytes {
  bytes: number;
}

/** Throws `too-large` where the headers announce too much already. */
export function checkAnnounced(announced: string | undefined, limit: number): void {
  if (announced !== undefined && Number(announced) > limit) throw tooLarge(limit);
}

/**
 * Reads a body as it was sent. Rejects with `too-large` as soon as it exceeds the limit, with `overloaded` where all bodies
 * together do, and with `interrupted` when the client leaves. The exchange gives back what was held.
 */
export function readBody(exchange: Exchange, limit: number): Promise<Chunks> {
  const { request } = exchange;
  return new Promise((resolve, reject) => {
    const pieces = new BodyPieces();
    let received = 0;
    const stop = (error: ThinferError): void => {
      request.off('data', onData);
      reject(error);
    };
    const onData = (piece: Buffer): void => {
      received += piece.length;
      if (received > limit) stop(tooLarge(limit));
      else if (exchange.hold(piece.length)) pieces.push(piece);
      else stop(new Refusal('overloaded', 'too many bytes of requests are held; try again'));
    };
    request.on('data', onData);
    let whole = false;
    request.once('end', () => {
      whole = true;
      resolve(pieces.take());
    });
    // Every request is closed once, mostly after its end: an error for each would be the dearest part of reading it.
    const onClose = (): void => {
      if (!whole) stop(new ThinferError('interrupted', 'the client left'));
    };
    request.once('close', onClose);
    request.once('error', onClose);
  });
}

function tooLarge(limit: number): HttpProblem {
  return new HttpProblem(413, 'too-large', `the body is larger than ${limit} bytes`);
}
