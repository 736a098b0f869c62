import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { countParameters } from './count-parameters.ts';
import { type ExternalFile, externalFiles } from './external-data.ts';
import { FileHashes } from './file-hashes.ts';
import { findInputRanges } from './input-ranges.ts';
import type { Progress } from './progress.ts';
import { type OnnxFile, readOnnx } from './read-onnx.ts';
import { readSignature } from './signature.ts';
import type { Model } from './types.ts';
import { makeZooModel } from './zoo/make-zoo-model.ts';
import { findZooModel, zooModel } from './zoo/zoo.ts';

export interface OpenOptions {
  /** A name of the zoo, or the path of an ONNX file. A name wins over a file of the same name; `./name` is the file. */
  readonly model: string;
  /** Folder for zoo models and hashes; may be read-only for files of the user's. */
  readonly cacheDir: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Hears of what was found and mended (a damaged cache file), in one sentence. */
  readonly onNotice?: (text: string) => void;
  /** Ends it: with `interrupted` while a zoo model is being made, with the signal's reason otherwise. Default: nothing does. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a model: a zoo name is made where it is missing, a file is read and its external data checked; weights are
 * never held in memory together. Throws `not-found`, `model-invalid`, `storage` or `interrupted`.
 */
export async function openModel(options: OpenOptions): Promise<Model> {
  const entry = findZooModel(options.model);
  const file = entry === undefined ? await userFile(options.model) : await makeZooModel(entry.name, options);
  const onnx = await readOnnx(file);
  const external = await externalFiles(onnx);
  const name = entry?.name ?? basename(file, extname(file));
  const modelBytes = (await stat(file)).size;
  const signature = readSignature(onnx);
  return {
    name,
    file,
    contentHash: await hashContent(onnx, external, modelBytes, name, options),
    opset: onnx.opset,
    parameters: countParameters(onnx.graph),
    bytes: external.reduce((sum, { bytes }) => sum + bytes, modelBytes),
    ...signature,
    defaultDims: entry?.defaultDims ?? {},
    maxDims: entry?.maxDims ?? {},
    ranges: findInputRanges(onnx.graph, signature.inputs),
  };
}

/** A bare word that is no file was meant as a zoo name. */
async function userFile(model: string): Promise<string> {
  const status = await stat(model).catch(() => null);
  if (status === null && !/[/.]/.test(model)) zooModel(model);
  return resolve(model);
}

/** The file's hash; with external data, the hash over the hashes of all files, ordered by location. */
async function hashContent(
  onnx: OnnxFile,
  external: readonly ExternalFile[],
  modelBytes: number,
  name: string,
  { cacheDir, onProgress, signal }: OpenOptions,
): Promise<string> {
  const hashes = new FileHashes(cacheDir);
  const totalBytes = external.reduce((sum, { bytes }) => sum + bytes, modelBytes);
  let doneBytes = 0;
  const onBytes = (bytes: number): void => {
    doneBytes += bytes;
    onProgress?.({ stage: 'hash', model: name, doneBytes, totalBytes });
  };
  const own = await hashes.of(onnx.file, { onBytes, signal });
  if (external.length === 0) return own;
  const all = createHash('sha256').update(own);
  for (const { path } of external) all.update(await hashes.of(path, { onBytes, signal }));
  return all.digest('hex');
}

/** Where the cache lies unless the user names another folder: `$XDG_CACHE_HOME/thinfer`, else `~/.cache/thinfer`. */
export function defaultCacheDir(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CACHE_HOME'] || join(environment['HOME'] || '/tmp', '.cache');
  return join(base, 'thinfer');
}
