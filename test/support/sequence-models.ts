import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Model, openModel } from '../../src/model/index.ts';
import { bertTiny, buildBert } from '../../src/model/zoo/bert.ts';
import { type BuiltGraph, GraphBuilder } from '../../src/model/zoo/graph-builder.ts';
import { seededWeights } from '../../src/model/zoo/weight-source.ts';
import { writeModel } from '../../src/model/zoo/write-model.ts';

/** int64 attention_mask [batch, sequence] → its mean along the sequence, float32 [batch, 1]: another one where it is padded. */
function buildMean(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  const mask = graph.input('attention_mask', 'int64', ['batch', 'sequence']);
  const mean = graph.op('ReduceMean', [graph.op('Cast', [mask], { to: 1 })], { axes: [1], keepdims: 1 });
  graph.output('mean', mean, 'float32', ['batch', 1]);
  return graph.build();
}

const builders = { bert: (name: string) => buildBert(name, bertTiny, 'pooler'), mean: buildMean } as const;

/** Writes a model of sequences to a folder: `bert`, of 64 places at most, or `mean`, whose answer depends on the padding. */
export async function writeSequenceModel(name: keyof typeof builders, folder: string): Promise<Model> {
  await mkdir(folder, { recursive: true });
  await writeModel(folder, name, builders[name](name), seededWeights());
  return openModel({ model: join(folder, `${name}.onnx`), cacheDir: folder });
}
