/** PyTorch's exports of the zoo's models, and what there is to compare: operators after optimization, and outputs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { makeZooModel } from '../../src/model/index.ts';
import { readOnnx } from '../../src/model/read-onnx.ts';
import { SafeTensors, safetensorsWeights } from '../../src/model/zoo/safetensors.ts';

/** The models whose exports are compared; bert-base-cased and bert-large-uncased differ from bert-base-uncased in sizes only. */
export const comparedModels = [
  'resnet50',
  'inception-v3',
  'bert-base-uncased',
  'bert-squad',
  'bert-mrpc',
  'gpt2',
] as const;

/** A Python with torch, torchvision and transformers: in `$THINFER_PEERS/torch`, or `~/.cache/thinfer-peers/torch`; null where there is none. */
export function findTorchPython(): string | null {
  const peers = process.env['THINFER_PEERS'] || join(homedir(), '.cache', 'thinfer-peers');
  const python = join(peers, 'torch', 'bin', 'python');
  if (!existsSync(python)) return null;
  const probe = spawnSync(python, ['-c', 'import torch, torchvision, transformers, safetensors']);
  return probe.status === 0 ? python : null;
}

/** A model as PyTorch exported it, and ours with the same weights. */
export interface ModelPair {
  readonly name: string;
  readonly exported: string;
  readonly ours: string;
  /** Inputs and PyTorch's outputs, at two settings of the free dimensions. */
  readonly samples: readonly string[];
}

/** Exports a model and loads its `state_dict` into our graph; both lie in `folder`. */
export async function makePair(python: string, name: string, folder: string): Promise<ModelPair> {
  const script = resolve(import.meta.dirname, 'export.py');
  const { status, stderr } = spawnSync(python, ['-W', 'ignore', script, folder, name], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`export.py ${name} failed:\n${stderr.slice(-2000)}`);
  const weights = await SafeTensors.open(join(folder, name, 'weights.safetensors'));
  return {
    name,
    exported: join(folder, name, 'export.onnx'),
    ours: await makeZooModel(name, { cacheDir: folder, weights: safetensorsWeights(weights) }),
    samples: [0, 1].map((index) => join(folder, name, `sample-${index}.safetensors`)),
  };
}

/** Operators of the graph that ONNX Runtime runs, by type, with their numbers. */
export async function optimizedOperators(
  file: string,
  level: 'extended' | 'all',
  folder: string,
): Promise<Record<string, number>> {
  const optimized = join(folder, `optimized-${level}.onnx`);
  const session = await InferenceSession.create(file, {
    graphOptimizationLevel: level,
    optimizedModelFilePath: optimized,
    logSeverityLevel: 3,
  });
  await session.release();
  const { graph } = await readOnnx(optimized);
  const counts: Record<string, number> = {};
  for (const { domain, opType } of graph.node) {
    const type = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort());
}

/** Tensors of a sample whose names begin with `in.` or `out.`, without that prefix. */
export async function tensorsOf(sample: string, prefix: 'in.' | 'out.'): Promise<Record<string, Tensor>> {
  const file = await SafeTensors.open(sample);
  const names = file.names.filter((name) => name.startsWith(prefix));
  const tensors = await Promise.all(
    names.map(async (name): Promise<[string, Tensor]> => {
      const { dtype, shape, bytes } = await file.read(name);
      const tensor =
        dtype === 'F32'
          ? new Tensor('float32', new Float32Array(bytes.buffer), shape)
          : new Tensor('int64', new BigInt64Array(bytes.buffer), shape);
      return [name.slice(prefix.length), tensor];
    }),
  );
  return Object.fromEntries(tensors);
}

/** Largest absolute difference between a model's outputs and PyTorch's, over all samples and outputs, and the largest output. */
export async function outputDifference(
  file: string,
  samples: readonly string[],
): Promise<{ difference: number; largest: number }> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  let [difference, largest] = [0, 0];
  for (const sample of samples) {
    const answer = await session.run(await tensorsOf(sample, 'in.'));
    for (const [name, expected] of Object.entries(await tensorsOf(sample, 'out.'))) {
      const values = answer[name]?.data as Float32Array | undefined;
      for (const [index, value] of (expected.data as Float32Array).entries()) {
        difference = Math.max(difference, Math.abs(value - (values?.[index] ?? Number.NaN)));
        largest = Math.max(largest, Math.abs(value));
      }
    }
  }
  await session.release();
  return { difference, largest };
}
