import { createHash, randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../make-folder.ts';
import type { StepOptions } from './progress.ts';

const entrySchema = z.object({ stamp: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const cacheSchema = z.record(z.string(), entrySchema);

/**
 * SHA-256 of files, kept in `hashes.json` of a cache folder together with size, inode and the times of the last
 * change, so that a file of gigabytes is read once. Without a cache folder that can be written, hashes are computed anew.
 */
export class FileHashes {
  readonly #file: string;

  constructor(cacheDir: string) {
    this.#file = join(cacheDir, 'hashes.json');
  }

  /** The hash of a file, as 64 hexadecimal digits. */
  async of(path: string, options: StepOptions = {}): Promise<string> {
    const stamp = stampOf(await stat(path, { bigint: true }));
    const known = (await this.#read())[path];
    if (known?.stamp === stamp) return known.sha256;
    const sha256 = await hashFile(path, options);
    // A file that changed while it was read is not remembered.
    if (stampOf(await stat(path, { bigint: true })) === stamp) await this.#remember(path, stamp, sha256);
    return sha256;
  }

  /** Takes note of a hash that was computed while the file was written. */
  async remember(path: string, sha256: string): Promise<void> {
    await this.#remember(path, stampOf(await stat(path, { bigint: true })), sha256);
  }

  async #read(): Promise<z.infer<typeof cacheSchema>> {
    try {
      return cacheSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch {
      return {}; // Missing or damaged: a cache may be lost.
    }
  }

  async #remember(path: string, stamp: string, sha256: string): Promise<void> {
    const temporary = `${this.#file}.${randomUUID()}`;
    try {
      makeFolder(join(this.#file, '..'));
      const entries = { ...(await this.#read()), [path]: { stamp, sha256 } };
      await writeFile(temporary, `${JSON.stringify(entries, null, 1)}\n`);
      await rename(temporary, this.#file);
    } catch {
      await rm(temporary, { force: true }).catch(() => {}); // Read-only or full: computed again next time.
    }
  }
}

function stampOf(status: BigIntStats): string {
  return [status.size, status.mtimeNs, status.ctimeNs, status.dev, status.ino].join(':');
}

/** SHA-256 of a file, read in pieces of 4 MiB. */
async function hashFile(path: string, { onBytes, signal }: StepOptions): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(4 << 20);
  await using handle = await open(path);
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    onBytes?.(bytesRead);
  }
}
