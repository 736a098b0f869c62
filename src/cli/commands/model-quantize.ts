import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ThinferError } from '../../errors.ts';
import { readMachine } from '../../machine/index.ts';
import { defaultCacheDir, type Model } from '../../model/index.ts';
import {
  compareOutputs,
  fileOperators,
  type OutputError,
  optimizedOperators,
  precisionSupport,
  provePrecision,
  pythonEnvironment,
  type Quantization,
  type QuantizeContext,
  quantizations,
  quantizeModel,
} from '../../precision/index.ts';
import { commonSchema, count, dims, parseFlags, path } from '../flags.ts';
import { oneOf } from '../measuring-flags.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { describeQuantized } from '../quantize-text.ts';
import { openNamedModel, otherDims } from '../session.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

const precisionList = z.string().transform((text, context) => {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(quantizations as readonly string[]).includes(name));
  for (const name of unknown)
    context.addIssue({ code: 'custom', message: `"${name}" is none of ${quantizations.join(', ')}` });
  return unknown.length > 0 ? z.NEVER : [...new Set(names as Quantization[])];
});

const schema = commonSchema.extend({
  cache: path.optional(),
  precision: precisionList.default([...quantizations]),
  setup: z.boolean().default(false),
  dim: dims.default({}),
  batch: count.optional(),
  samples: count.optional(),
  blockSize: count.optional(),
  reduceRange: z.boolean().default(false),
  optimization: oneOf(['disabled', 'basic', 'extended', 'all']).default('all'),
});
type Flags = z.output<typeof schema>;

/** One precision of a model, in the shape of `--json`. Null where it was not made. */
export interface QuantizedFacts {
  readonly precision: Quantization;
  /** `failed`: it can't be made, or what was made does not run in this precision; `why` says so. */
  readonly state: 'proven' | 'failed';
  readonly why: string | null;
  readonly file: string | null;
  readonly contentHash: string | null;
  readonly bytes: number | null;
  /** False: it lay in the cache. */
  readonly made: boolean | null;
  readonly seconds: number | null;
  readonly tools: Readonly<Record<string, string>> | null;
  readonly notes: readonly string[];
  readonly provenBy: readonly string[];
  readonly operators: Readonly<Record<string, number>> | null;
  readonly errors: readonly OutputError[];
}

/** `thinfer model quantize MODEL`: derived models, whether they run in their precision, and how far their outputs are off. */
export async function modelQuantizeCommand(name: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(schema, rawFlags);
  const terminal = openTerminal(flags);
  const model = await openNamedModel(name, flags, terminal);
  const batch = flags.batch ?? model.fixedBatch;
  const sizes = otherDims(model, flags, batch);
  const abort = new AbortController();
  const stopSignals = onInterrupt(() => abort.abort());
  terminal.progress.begin('quantize');
  const context: QuantizeContext = {
    cacheDir: flags.cache ?? defaultCacheDir(),
    setup: flags.setup,
    signal: abort.signal,
    onNotice: terminal.notice,
    onProgress: ({ text, share }) => terminal.progress.show({ text, share }),
  };
  try {
    if (flags.setup) await pythonEnvironment(context);
    const made: QuantizedFacts[] = [];
    for (const precision of flags.precision)
      made.push(await quantizeOne(model, precision, { ...flags, batch, dim: sizes }, context, terminal));
    const { bytes, file } = model;
    const facts = { name: model.name, file, bytes, dims: sizes, batch, precisions: made };
    terminal.print(terminal.json ? JSON.stringify(facts, null, 2) : describeQuantized(facts, terminal.width));
    if (made.some(({ state }) => state === 'failed')) process.exitCode = 1;
  } finally {
    terminal.progress.end();
    stopSignals();
  }
}

type OneFlags = Flags & { readonly batch: number };

async function quantizeOne(
  source: Model,
  precision: Quantization,
  flags: OneFlags,
  context: QuantizeContext,
  terminal: Terminal,
): Promise<QuantizedFacts> {
  const { optimization, dim, batch, samples, blockSize, reduceRange } = flags;
  const { isa } = readMachine();
  const operators = await fileOperators(source.file);
  const support = precisionSupport(precision, { engine: 'onnxruntime', isa, optimization, operators });
  if (!support.possible) return failed(precision, support.why);
  if (support.note !== null && !reduceRange)
    terminal.notice(`${precision}: ${support.note} (--reduce-range)`);
  const options = {
    dims: dim,
    reduceRange,
    ...(samples === undefined ? {} : { samples }),
    ...(blockSize === undefined ? {} : { blockSize }),
  };
  try {
    const { model, ...rest } = await quantizeModel(source, precision, options, context);
    const { signal, cacheDir } = context;
    terminal.progress.show({ text: `${source.name}: what the engine makes of it`, share: null });
    const graph = await optimizedOperators({ model, optimization, cacheDir, ...(signal ? { signal } : {}) });
    const proof = provePrecision(precision, graph);
    terminal.progress.show({ text: `${source.name}: outputs beside the source's`, share: null });
    const errors = await compareOutputs({
      source,
      derived: model,
      choice: { batch, dims: dim },
      threads: availableParallelism(),
      ...(signal ? { signal } : {}),
    });
    const { file, contentHash, bytes } = model;
    const common = {
      precision,
      file,
      contentHash,
      bytes,
      ...rest,
      operators: Object.fromEntries(graph),
      errors,
    };
    return proof.state === 'proven'
      ? { ...common, state: 'proven', why: null, provenBy: proof.provenBy }
      : { ...common, state: 'failed', why: proof.why, provenBy: [] };
  } catch (thrown) {
    const error = ThinferError.from(thrown);
    if (context.signal?.aborted || !ofOnePrecision.has(error.code)) throw error;
    return failed(precision, error.message);
  }
}

/** What one precision may fail by while others go on. */
const ofOnePrecision = new Set(['engine-failed', 'model-invalid', 'out-of-memory', 'instance-failed']);

function failed(precision: Quantization, why: string): QuantizedFacts {
  const nothing = { file: null, contentHash: null, bytes: null, made: null, seconds: null, tools: null };
  return {
    precision,
    state: 'failed',
    why,
    ...nothing,
    notes: [],
    provenBy: [],
    operators: null,
    errors: [],
  };
}
