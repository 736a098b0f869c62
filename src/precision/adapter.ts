import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import type { TensorType } from '../model/types.ts';
import { type ProcessEnd, type ProcessOptions, runProcess } from './run-process.ts';
import type { Quantization } from './types.ts';

/** The Python file beside this one, in the sources as in the build. */
const adapterFile = fileURLToPath(new URL('./quantize.py', import.meta.url));

/** A sample's input, written to a file: dense, row-major, in the host's byte order. */
export interface SampleTensor {
  /** numpy's name of the element type. */
  readonly type: string;
  readonly shape: readonly number[];
  readonly file: string;
}

/** What the adapter is asked. */
export interface AdapterRequest {
  readonly precision: Quantization;
  /** Path of the ONNX file. */
  readonly source: string;
  /** Path of the file to write; its weights go to a file beside it. */
  readonly output: string;
  /** Folder for what is needed meanwhile; it is there. All paths are absolute. */
  readonly work: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** By input. */
  readonly samples: readonly Readonly<Record<string, SampleTensor>>[];
}

/** Where the adapter is. */
export interface AdapterProgress {
  readonly stage: 'prepare' | 'calibrate' | 'quantize';
  readonly done: number;
  readonly total: number;
}

const progressSchema = z.object({
  event: z.literal('progress'),
  stage: z.enum(['prepare', 'calibrate', 'quantize']),
  done: z.number(),
  total: z.number(),
});
const doneSchema = z.object({
  event: z.literal('done'),
  tools: z.record(z.string(), z.string()),
  notes: z.array(z.string()),
});
const answerSchema = z.discriminatedUnion('event', [
  progressSchema,
  doneSchema,
  z.object({ event: z.literal('failed'), message: z.string() }),
]);

/** What the adapter has done. */
export type AdapterDone = Omit<z.infer<typeof doneSchema>, 'event'>;

/** Changes with the adapter, so that what an older one made is made again. */
export function adapterHash(): string {
  return createHash('sha256').update(readFileSync(adapterFile)).digest('hex').slice(0, 16);
}

/** numpy's name of an element type. Throws `shape-invalid` for those it has none for. */
export function numpyType(type: TensorType, input: string): string {
  if (type === 'string' || type === 'bfloat16')
    throw new ThinferError(
      'shape-invalid',
      `input "${input}" is of type ${type}, which calibration can't feed`,
    );
  return type;
}

/** Versions of the tools that a Python has. Throws `engine-failed` where they can't be imported. */
export async function adapterVersions(
  python: string,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { tools } = await converse({ command: [python, adapterFile, '--versions'], signal });
  return tools;
}

/** Makes a quantized model. Throws `engine-failed` with the tool's own words, `out-of-memory`, `interrupted`. */
export function runAdapter(
  python: string,
  request: AdapterRequest,
  onProgress: (progress: AdapterProgress) => void,
  signal?: AbortSignal,
): Promise<AdapterDone> {
  return converse({
    command: [python, adapterFile],
    input: JSON.stringify(request),
    // The tools write to the working directory too; all of it is removed with the rest.
    cwd: request.work,
    env: { TMPDIR: request.work },
    onProgress,
    signal,
  });
}

interface Conversation extends Omit<ProcessOptions, 'onLine'> {
  readonly onProgress?: (progress: AdapterProgress) => void;
}

async function converse({ onProgress, ...options }: Conversation): Promise<AdapterDone> {
  let done: AdapterDone | null = null;
  let failure: string | null = null;
  const end = await runProcess({
    ...options,
    env: { ...adapterEnvironment, ...options.env },
    onLine: (line) => {
      const answer = parseAnswer(line);
      if (answer.event === 'progress') onProgress?.(answer);
      else if (answer.event === 'failed') failure ??= answer.message;
      else done = answer;
    },
  });
  if (end.status !== 0 || done === null || failure !== null) throw failed(end, failure);
  return done;
}

function parseAnswer(line: string): z.infer<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(line));
  } catch {
    return { event: 'failed', message: `it answered ${JSON.stringify(line.slice(0, 200))}` };
  }
}

function failed({ status, signal, lastWords }: ProcessEnd, failure: string | null): ThinferError {
  // The kernel takes the largest process when memory runs out.
  if (signal === 'SIGKILL' || /MemoryError|bad_alloc/.test(`${failure} ${lastWords}`))
    return new ThinferError('out-of-memory', 'quantization was ended: there is not enough memory for it');
  if (/^(ModuleNotFound|Import)Error/.test(failure ?? ''))
    return new ThinferError('machine', `the Python environment for quantization is damaged: ${failure}`, {
      remedy: '`thinfer model quantize MODEL --setup` makes it again',
    });
  const words = failure ?? (lastWords.split('\n').at(-1) || `it ended with ${status ?? signal}`);
  return new ThinferError('engine-failed', `ONNX Runtime's quantization tools failed: ${words}`, {
    remedy: 'THINFER_DEBUG=1 shows all that they said',
    cause: new Error(lastWords),
  });
}

const adapterEnvironment = {
  // Sets are gone through in the same order each time, so that the same request gives the same file.
  PYTHONHASHSEED: '0',
  PYTHONDONTWRITEBYTECODE: '1',
  ORT_DISABLE_TELEMETRY: '1',
};
