import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GraphBuilder } from '../../../src/model/zoo/graph-builder.ts';
import { seededWeights } from '../../../src/model/zoo/weight-source.ts';
import { writeModel } from '../../../src/model/zoo/write-model.ts';

/** Looked up by the indices 0 to 3. */
export const poisonTable = [10, 20, 30, 40] as const;

/**
 * Writes a model that fails on some values: int64 [batch, 2] → float32 [batch, 2], looked up in a table of four. ONNX Runtime refuses
 * to run a batch in which one index is out of range, and does not say whose it is.
 */
export async function writePoisonModel(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const graph = new GraphBuilder('poison');
  const indices = graph.input('indices', 'int64', ['batch', 2]);
  graph.output('found', graph.op('Gather', [graph.floats(poisonTable), indices], { axis: 0 }), 'float32', [
    'batch',
    2,
  ]);
  await writeModel(folder, 'poison', graph.build(), seededWeights());
  return join(folder, 'poison.onnx');
}
