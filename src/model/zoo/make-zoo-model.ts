import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ThinferError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import { FileHashes } from '../file-hashes.ts';
import type { Progress } from '../progress.ts';
import { makingFolderName, removeLeftovers } from './making-folder.ts';
import { seededWeights, type WeightSource } from './weight-source.ts';
import { writeModel } from './write-model.ts';
import { type ZooModel, zooModel } from './zoo.ts';

/** Raised when a builder or the weights change (a test notices), so that caches of older versions are left alone. */
const zooVersion = 2;

const manifestSchema = z.object({
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
});
type Manifest = z.infer<typeof manifestSchema>;

export interface MakeOptions {
  /** Folder that models are kept in; made where it is missing. */
  readonly cacheDir: string;
  /** Make it again even where it is there and whole. Default: false. */
  readonly remake?: boolean;
  /** Default: seeded random weights. Others are written every time. */
  readonly weights?: WeightSource;
  readonly onProgress?: (progress: Progress) => void;
  /** Hears of what was found and mended, in one sentence. */
  readonly onNotice?: (text: string) => void;
  /** Ends it with `interrupted`; nothing of an unfinished model is kept. Default: nothing does. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a zoo model in the cache folder unless it is there, and gives the path of its ONNX file. It is written to a
 * folder of its own and renamed when whole; a cached one is checked by size and SHA-256, and made again where it was cut or changed.
 * Throws `not-found` for a name the zoo does not have, `storage` where the folder can't be written, `interrupted`.
 */
export async function makeZooModel(name: string, options: MakeOptions): Promise<string> {
  const model = zooModel(name);
  const zooDir = resolve(options.cacheDir, 'zoo');
  const suffix = options.weights === undefined ? '' : '-given';
  const folder = join(zooDir, `${model.name}-v${zooVersion}${suffix}`);
  const file = join(folder, `${model.name}.onnx`);
  if (options.weights === undefined && !options.remake) {
    const fault = await findFault(folder, model.name, options);
    if (fault === null) return file;
    if (fault !== 'missing') options.onNotice?.(`${folder}: ${fault}; the model is made again.`);
  }
  try {
    await makeModelFolder(model, zooDir, folder, options);
  } catch (error) {
    if (options.signal?.aborted) throw interrupted(name);
    const known = ThinferError.from(error);
    if (known.code !== 'storage' && known.code !== 'not-found') throw known;
    throw new ThinferError('storage', `${zooDir}: model ${name} can't be written: ${known.message}`, {
      remedy: 'Make room there, or name another cache folder.',
      cause: error,
    });
  }
  return file;
}

function interrupted(name: string): ThinferError {
  const kept = 'nothing of it is kept, models made before are; the same command makes it anew';
  return new ThinferError('interrupted', `${name} was being made: ${kept}`);
}

/** What is wrong with a cached model: null where nothing is, 'missing' where there is none. */
async function findFault(folder: string, name: string, options: MakeOptions): Promise<string | null> {
  const manifest = await readManifest(folder);
  if (typeof manifest === 'string') return manifest;
  const hashes = new FileHashes(options.cacheDir);
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const expected of manifest.files) {
    const path = join(folder, expected.name);
    const status = await stat(path).catch(() => null);
    if (status === null) return `${expected.name} is missing`;
    if (status.size !== expected.bytes)
      return `${expected.name} was cut or changed (${status.size} bytes, not ${expected.bytes})`;
    const onBytes = (bytes: number): void => {
      done += bytes;
      options.onProgress?.({ stage: 'check', model: name, doneBytes: done, totalBytes: total });
    };
    const sha256 = await hashes.of(path, { onBytes, signal: options.signal });
    if (sha256 !== expected.sha256) return `${expected.name} was changed`;
  }
  return null;
}

async function readManifest(folder: string): Promise<Manifest | string> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  } catch (error) {
    return (await stat(folder).catch(() => null)) === null &&
      (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'missing'
      : 'its manifest is missing or damaged';
  }
}

async function makeModelFolder(
  model: ZooModel,
  zooDir: string,
  folder: string,
  options: MakeOptions,
): Promise<void> {
  makeFolder(zooDir);
  await removeLeftovers(zooDir);
  const temporary = join(zooDir, await makingFolderName());
  await mkdir(temporary);
  try {
    const files = await writeFiles(model, temporary, options);
    await writeFile(join(temporary, 'manifest.json'), `${JSON.stringify({ files }, null, 1)}\n`, {
      flush: true,
    });
    await replaceFolder(temporary, folder, async () =>
      options.remake || options.weights !== undefined
        ? false
        : (await findFault(folder, model.name, options)) === null,
    );
    const hashes = new FileHashes(options.cacheDir);
    for (const { name, sha256 } of files) await hashes.remember(join(folder, name), sha256);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function writeFiles(model: ZooModel, folder: string, options: MakeOptions): Promise<Manifest['files']> {
  const graph = model.build();
  let done = 0;
  const onBytes = (bytes: number): void => {
    done += bytes;
    options.onProgress?.({ stage: 'make', model: model.name, doneBytes: done, totalBytes: graph.dataBytes });
  };
  const { signal, weights = seededWeights() } = options;
  return writeModel(folder, model.name, graph, weights, { onBytes, signal });
}

/** A folder can't be renamed over one with files in it: an old one steps aside first, unless another process made it whole meanwhile. */
async function replaceFolder(from: string, to: string, isWhole: () => Promise<boolean>): Promise<void> {
  if (await tryRename(from, to)) return;
  if (await isWhole()) return;
  const aside = `${from}-old`;
  await rename(to, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await tryRename(from, to);
  await rm(aside, { recursive: true, force: true });
}

async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}
