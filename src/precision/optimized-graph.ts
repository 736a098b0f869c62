import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { describeEngine, type EngineSettings, type OptimizationLevel } from '../engine/index.ts';
import { type ErrorCode, ThinferError } from '../errors.ts';
import { readMachine } from '../machine/index.ts';
import { forEachGraph, readOnnx } from '../model/read-onnx.ts';
import type { Model } from '../model/types.ts';
import { type ProcessEnd, runProcess } from './run-process.ts';
import { makeWholeFolder } from './whole-folder.ts';

/**
 * How many nodes of each operator a graph has, those of control flow's bodies included. Operators of ONNX and of ONNX Runtime carry their
 * bare name; those on its blocked layout are `nchwc:Conv` and the like.
 */
export type Operators = ReadonlyMap<string, number>;

/** What is read back. */
export interface OptimizedGraphRequest {
  readonly model: Model;
  readonly optimization: OptimizationLevel;
  /** Folder in which answers are kept: they follow from the model, the level, the engine and the CPU. */
  readonly cacheDir: string;
  readonly signal?: AbortSignal;
}

const childFile = fileURLToPath(
  new URL(`./optimized-graph-child${extname(import.meta.url)}`, import.meta.url),
);
const answerSchema = z.record(z.string(), z.number());
const failureSchema = z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() });

/** The operators of a file as it is written. Throws as opening a model does. */
export async function fileOperators(file: string): Promise<Operators> {
  const counts = new Map<string, number>();
  forEachGraph((await readOnnx(file)).graph, (graph) => {
    for (const { opType, domain } of graph.node) {
      const name = domain === 'com.microsoft.nchwc' ? `nchwc:${opType}` : opType;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  });
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The operators of the graph that ONNX Runtime's CPU provider really runs, read from what it saves when it has rewritten the graph at this level. A process
 * of its own loads the model for it, once a model, level, engine and CPU.
 *
 * Throws `model-invalid` and the like with the engine's own words, `storage` where the graph can't be written, `interrupted`.
 */
export async function optimizedOperators(request: OptimizedGraphRequest): Promise<Operators> {
  const folder = join(request.cacheDir, 'graphs', keyOf(request));
  const kept = await readAnswer(folder);
  if (kept !== null) return kept;
  let operators: Operators = new Map();
  await makeWholeFolder(folder, async (temporary) => {
    operators = await readBack(request, join(temporary, 'work'));
    await writeFile(answerIn(temporary), `${JSON.stringify(Object.fromEntries(operators))}\n`);
  });
  return operators;
}

const answerIn = (folder: string): string => join(folder, 'operators.json');

function keyOf({ model, optimization }: OptimizedGraphRequest): string {
  const { cpuModel, isa } = readMachine();
  const parts = [model.contentHash, optimization, describeEngine('onnxruntime'), process.arch, cpuModel, isa];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}

async function readAnswer(folder: string): Promise<Operators | null> {
  try {
    return new Map(Object.entries(answerSchema.parse(JSON.parse(await readFile(answerIn(folder), 'utf8')))));
  } catch {
    return null; // Missing or damaged: it is read back again.
  }
}

/** The saved graph is as large as the model, and gone when this returns. */
async function readBack(
  { model, optimization, signal }: OptimizedGraphRequest,
  work: string,
): Promise<Operators> {
  const settings: EngineSettings = {
    engine: 'onnxruntime',
    modelFile: model.file,
    threads: 1,
    optimization,
    spinAfterRun: false,
    signature: { inputs: model.inputs, outputs: model.outputs },
  };
  await mkdir(work);
  try {
    const file = join(work, 'optimized.onnx');
    let said = '';
    const end = await runProcess({
      command: [process.execPath, childFile, file, 'weights'],
      input: JSON.stringify(settings),
      onLine: (line) => (said += line),
      signal,
    });
    if (end.status !== 0) throw failureOf(said, end);
    return await fileOperators(file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function failureOf(said: string, { signal, status, lastWords }: ProcessEnd): ThinferError {
  try {
    const { code, message, remedy } = failureSchema.parse(JSON.parse(said));
    return new ThinferError(code as ErrorCode, message, remedy === undefined ? {} : { remedy });
  } catch {
    const why = lastWords.split('\n').at(-1) || `it ended with ${status ?? signal}`;
    return new ThinferError(
      'instance-failed',
      `the process that read the optimized graph back failed: ${why}`,
    );
  }
}
