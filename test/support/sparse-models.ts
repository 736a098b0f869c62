import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuiltGraph, GraphBuilder } from '../../src/model/zoo/graph-builder.ts';
import { seededWeights } from '../../src/model/zoo/weight-source.ts';
import { writeModel } from '../../src/model/zoo/write-model.ts';

/** float32 [batch, 8] → what is positive of it, float32 [batch, 8], and where, int64 [2, found]. */
function buildNonZero(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  const positive = graph.op('Relu', [graph.input('input', 'float32', ['batch', 8])]);
  graph.output('where', graph.op('NonZero', [positive]), 'int64', [2, 'found']);
  graph.output('positive', positive, 'float32', ['batch', 8]);
  return graph.build();
}

/** Boxes float32 [batch, 64, 4] and scores float32 [batch, 3, 64] → the boxes kept, int64 [kept, 3]. */
function buildNonMaxSuppression(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  const boxes = graph.input('boxes', 'float32', ['batch', 64, 4]);
  const scores = graph.input('scores', 'float32', ['batch', 3, 64]);
  const limits = [graph.integers([64]), graph.floats([0.5]), graph.floats([0.3])];
  const kept = graph.op('NonMaxSuppression', [boxes, scores, ...limits]);
  graph.output('kept', kept, 'int64', ['kept', 3]);
  return graph.build();
}

const builders = { 'non-zero': buildNonZero, 'non-max-suppression': buildNonMaxSuppression } as const;

/** Models with an output whose shape depends on the inputs' values. */
export const sparseModels = Object.keys(builders) as readonly (keyof typeof builders)[];

/** Writes one of them to a folder, and gives the file's path. */
export async function writeSparseModel(name: keyof typeof builders, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeModel(folder, name, builders[name](name), seededWeights());
  return join(folder, `${name}.onnx`);
}
