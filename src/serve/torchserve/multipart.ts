import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { ThinferError } from '../../errors.ts';
import { Chunks } from '../chunks.ts';
import { badRequest } from './torch-problem.ts';

/** A part of a form. */
export interface FormPart {
  readonly name: string;
  /** Lower case, without parameters; empty where the client named none. */
  readonly contentType: string;
  readonly bytes: Chunks;
}

/** Limits of a form. */
const limits = { parts: 1024, headerPairs: 32, headerSize: 4096, fieldNameSize: 256 };

/**
 * Reads multipart/form-data. Every part is taken as bytes, with or without a file's name: a field would be decoded as text. Rejects with
 * `request-invalid` or `too-large`.
 */
export function readMultipart(contentType: string, body: Chunks): Promise<FormPart[]> {
  return new Promise((resolve, reject) => {
    const parts: FormPart[] = [];
    const fail = (error: unknown): void =>
      reject(error instanceof ThinferError ? error : badRequest(`The form can't be read: ${String(error)}.`));
    const busboy = open(contentType);
    busboy.on('file', (name: string | undefined, file, _fileName, _encoding, type) => {
      const pieces: Uint8Array[] = [];
      file.on('data', (piece: Buffer) => pieces.push(piece));
      file.on('error', fail);
      file.on('end', () =>
        parts.push({ name: name ?? '', contentType: mediaTypeOf(type), bytes: new Chunks(pieces) }),
      );
    });
    busboy.on('partsLimit', () => fail(tooMany()));
    busboy.on('filesLimit', () => fail(tooMany()));
    busboy.on('error', fail);
    busboy.on('finish', () => resolve(parts));
    const whole = body.join();
    busboy.end(Buffer.from(whole.buffer, whole.byteOffset, whole.length));
  });
}

function open(contentType: string): BusboyInstance {
  try {
    const headers: BusboyHeaders = { 'content-type': contentType };
    return new Busboy({ headers, limits: { ...limits, files: limits.parts }, isPartAFile: () => true });
  } catch (cause) {
    throw badRequest(`The form can't be read: ${cause instanceof Error ? cause.message : String(cause)}.`);
  }
}

function tooMany(): ThinferError {
  return new ThinferError('too-large', `The form has more than ${limits.parts} parts.`);
}

/** The type and subtype of a Content-Type header. */
export function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]!.trim().toLowerCase();
}
