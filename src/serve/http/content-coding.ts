import { promisify } from 'node:util';
import { deflate, gunzip, gzip, inflate } from 'node:zlib';
import { ThinferError } from '../../errors.ts';
import { Chunks } from '../chunks.ts';
import { HttpProblem } from './http-problem.ts';

/** A compression that clients and servers may use. */
export type Coding = 'gzip' | 'deflate';

const inflaters = { gzip: promisify(gunzip), deflate: promisify(inflate) };
const deflaters = { gzip: promisify(gzip), deflate: promisify(deflate) };

/** The coding of a body by its `Content-Encoding`; null: none. Throws 415 for others, and for several. */
export function codingOf(header: string | undefined): Coding | null {
  if (header === undefined) return null;
  const name = header.trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  if (name === 'deflate') return 'deflate';
  throw new HttpProblem(415, 'request-invalid', 'Unsupported compression type', [
    'Accept-Encoding',
    'gzip, deflate',
  ]);
}

/** Inflates a body. Stops with `too-large` when `limit` bytes are exceeded; `request-invalid` for what can't be inflated. */
export async function inflateBody(body: Chunks, coding: Coding, limit: number): Promise<Chunks> {
  try {
    return new Chunks([await inflaters[coding](body.join(), { maxOutputLength: limit })]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ThinferError('too-large', `the inflated body is larger than ${limit} bytes`);
    throw new ThinferError('request-invalid', `the body is not valid ${coding}`);
  }
}

/**
 * The coding of an answer by `Accept-Encoding`: the one with the larger q, the first of two equal ones; null: none. A star asks for
 * none, as in Triton.
 */
export function acceptedCoding(header: string | undefined): Coding | null {
  if (header === undefined || header === '' || header === 'identity') return null;
  let best: Coding | null = null;
  let bestWeight = 0;
  for (const part of header.split(',', 16)) {
    const [name = '', ...parameters] = part.split(';');
    const coding = name.trim().toLowerCase();
    if (coding !== 'gzip' && coding !== 'deflate') continue;
    const weight = weightOf(parameters);
    if (weight <= bestWeight) continue;
    best = coding;
    bestWeight = weight;
  }
  return best;
}

function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const text = parameter.trim();
    if (text.startsWith('q=') || text.startsWith('Q=')) return Number(text.slice(2)) || 0;
  }
  return 1;
}

/** Compresses an answer, on another thread. */
export function compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
  // Tensors hardly get smaller at higher levels, but take many times as long.
  return deflaters[coding](bytes, { level: 1 });
}
