import { join } from 'node:path';
import { GraphBuilder } from '../../src/model/zoo/graph-builder.ts';
import { seededWeights } from '../../src/model/zoo/weight-source.ts';
import { writeModel } from '../../src/model/zoo/write-model.ts';

/** Writes a model with one input `x` of any length, float32, and `y` the same. Gives the file. */
export async function writeIdentity(folder: string): Promise<string> {
  const graph = new GraphBuilder('identity');
  graph.output('y', graph.input('x', 'float32', ['batch', 'n']), 'float32', ['batch', 'n']);
  await writeModel(folder, 'identity', graph.build(), seededWeights());
  return join(folder, 'identity.onnx');
}
