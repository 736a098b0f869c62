import { extname } from 'node:path';
import { invariant, ThinferError } from '../../errors.ts';
import { Chunks } from '../chunks.ts';
import { countCopy } from '../copies.ts';
import type { InputTensor } from '../types.ts';
import type { PreprocessJob, PreprocessResults } from './jobs.ts';
import { type Preprocess, type PreprocessedModel, resolvePreprocess } from './resolve-preprocess.ts';
import type { TextItem, TextWork } from './text-to-tensors.ts';
import { type PreparedJob, ThreadPool } from './thread-pool.ts';

/** Limits of what is preprocessed. */
export interface PreprocessOptions {
  /** Threads, and so pictures decoded at the same time. Default 2; they run wherever the server may, beside the instances. */
  readonly threads?: number;
  /** Requests that may wait for a thread. Default 256. */
  readonly maxWaiting?: number;
  /** Most pixels of a picture. Default 40 million: 120 MB a thread while it is decoded. */
  readonly maxPixels?: number;
  /** Most bytes of an encoded picture. Default 20 MiB. */
  readonly maxImageBytes?: number;
  /** Most characters of the texts of one request. Default 262,144. */
  readonly maxTextLength?: number;
  /** Most items of one request. Default 256. */
  readonly maxItems?: number;
  /** Longest time for one picture or one request's texts. Default 10,000 ms. */
  readonly jobMs?: number;
}

const defaults: Required<PreprocessOptions> = {
  threads: 2,
  maxWaiting: 256,
  maxPixels: 40_000_000,
  maxImageBytes: 20 * 2 ** 20,
  maxTextLength: 262_144,
  maxItems: 256,
  jobMs: 10_000,
};

/** JPEG has no longer side; PNG might, and would only cost time. */
const maxSide = 65_535;

/** Makes tensors of pictures and texts, off the event loop, as each model declares it. */
export class Preprocessor {
  private readonly options: Required<PreprocessOptions>;
  private readonly pool: ThreadPool;
  private readonly models = new Map<string, Preprocess>();

  constructor(options: PreprocessOptions = {}) {
    this.options = { ...defaults, ...options };
    const { threads, maxWaiting, jobMs } = this.options;
    const file = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);
    this.pool = new ThreadPool({ file, threads, maxWaiting, jobMs, heapMiB: 512 });
  }

  /**
   * Takes a model, before it serves; a tokenizer is read and tried. Throws `shape-invalid`, `not-found` or `model-invalid`. The model may be
   * declared again.
   */
  async declare(model: PreprocessedModel): Promise<Preprocess | null> {
    const preprocess = resolvePreprocess(model);
    this.forget(model);
    if (preprocess === null) return null;
    if (preprocess.kind === 'text') await this.askTexts(['a text to try it'], preprocess.work);
    this.models.set(keyOf(model), preprocess);
    return preprocess;
  }

  /** Drops a model that is served no more. */
  forget(model: { readonly name: string; readonly version: string }): void {
    this.models.delete(keyOf(model));
  }

  /** What a model takes beside tensors; null: nothing. */
  of(model: { readonly name: string; readonly version: string }): Preprocess | null {
    return this.models.get(keyOf(model)) ?? null;
  }

  /** One item per picture. */
  async images(
    preprocess: Preprocess,
    pictures: readonly Chunks[],
    signal?: AbortSignal,
  ): Promise<InputTensor[]> {
    invariant(preprocess.kind === 'image', 'The model takes pictures.');
    this.checkCount(pictures.length);
    const { maxImageBytes, maxPixels, jobMs } = this.options;
    const largest = Math.max(...pictures.map(({ length }) => length));
    if (largest > maxImageBytes)
      throw new ThinferError(
        'too-large',
        `A picture has ${largest} bytes, and at most ${maxImageBytes} are taken.`,
      );
    const { work, input } = preprocess;
    const limits = { maxPixels, maxSide, seconds: Math.max(1, Math.floor(jobMs / 1000)) };
    const tensors = await this.eachPicture(pictures, async (picture, admitted) => {
      const prepare = (): PreparedJob => {
        const bytes = ownCopy(picture);
        const job: PreprocessJob = { type: 'image', bytes, work, limits };
        return { job, transfer: [bytes.buffer] };
      };
      return new Uint8Array(
        (await this.pool.run(prepare, { signal, admitted })) as PreprocessResults['image'],
      );
    });
    const { cropHeight: height, cropWidth: width } = work;
    const item = work.layout === 'NCHW' ? [3, height, width] : [height, width, 3];
    return [{ name: input, type: work.type, shape: [pictures.length, ...item], data: new Chunks(tensors) }];
  }

  /** One item per text. */
  async texts(
    preprocess: Preprocess,
    texts: readonly TextItem[],
    signal?: AbortSignal,
  ): Promise<InputTensor[]> {
    invariant(preprocess.kind === 'text', 'The model takes texts.');
    this.checkCount(texts.length);
    const { maxTextLength } = this.options;
    const { inputs, work } = preprocess;
    const length = texts.flat().reduce((sum, text) => sum + text.length, 0);
    if (length > maxTextLength)
      throw new ThinferError(
        'too-large',
        `The texts have ${length} characters, and at most ${maxTextLength} are taken.`,
      );
    const made = await this.askTexts(texts, work, signal);
    const tensor = (name: string | null, data: ArrayBuffer): InputTensor[] => {
      if (name === null) return [];
      const shape = [texts.length, made.length];
      return [{ name, type: work.type, shape, data: new Chunks([new Uint8Array(data)]) }];
    };
    return [
      ...tensor(inputs.ids, made.ids),
      ...tensor(inputs.mask, made.mask),
      ...tensor(inputs.types, made.types),
    ];
  }

  /** Ends the threads; what waits is refused. */
  close(): Promise<void> {
    return this.pool.close();
  }

  /** As many at a time as there are threads, so that a large request leaves places to others; stops at the first that is bad. */
  private async eachPicture(
    pictures: readonly Chunks[],
    make: (picture: Chunks, admitted: boolean) => Promise<Uint8Array>,
  ): Promise<Uint8Array[]> {
    const made: Uint8Array[] = [];
    let next = 0;
    let failed = false;
    const lane = async (): Promise<void> => {
      while (next < pictures.length && !failed) {
        const at = next++;
        try {
          made[at] = await make(pictures[at]!, at > 0);
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: this.options.threads }, lane));
    for (const each of lanes) if (each.status === 'rejected') throw each.reason;
    return made;
  }

  private async askTexts(
    texts: readonly TextItem[],
    work: TextWork,
    signal?: AbortSignal,
  ): Promise<PreprocessResults['text']> {
    const job: PreprocessJob = { type: 'text', texts, work };
    return (await this.pool.run(() => ({ job, transfer: [] }), { signal })) as PreprocessResults['text'];
  }

  private checkCount(count: number): void {
    const { maxItems } = this.options;
    if (count > maxItems)
      throw new ThinferError(
        'too-large',
        `The request has ${count} items, and at most ${maxItems} are taken.`,
      );
    if (count === 0) throw new ThinferError('request-invalid', 'The request has no items.');
  }
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${version}\n${name}`;
}

/** Memory that a thread may take over: a socket's buffers are shared with other requests. */
function ownCopy(picture: Chunks): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(picture.length);
  picture.copyTo(bytes, 0);
  countCopy('preprocess', picture.length);
  return bytes;
}
