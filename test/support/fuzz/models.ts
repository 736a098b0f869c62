import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuiltGraph, GraphBuilder } from '../../../src/model/zoo/graph-builder.ts';
import { seededWeights } from '../../../src/model/zoo/weight-source.ts';
import { writeModel } from '../../../src/model/zoo/write-model.ts';

/** Datatypes of the models that are fuzzed, by the protocol's names. */
export type FuzzDatatype = 'FP32' | 'INT64' | 'UINT8' | 'BOOL' | 'BYTES';

/** A tensor of a model that is fuzzed; -1: the batch first, any size later. */
export interface FuzzTensor {
  readonly name: string;
  readonly datatype: FuzzDatatype;
  readonly shape: readonly number[];
}

/** A model that is fuzzed. The null engine answers for it: each output is the first input, item by item, repeated or cut. */
export interface FuzzModel {
  readonly name: string;
  readonly inputs: readonly FuzzTensor[];
  readonly outputs: readonly FuzzTensor[];
}

const tensor = (name: string, datatype: FuzzDatatype, ...shape: number[]): FuzzTensor => ({
  name,
  datatype,
  shape,
});

/** All of them; `tiny` is the zoo's. */
export const fuzzModels: readonly FuzzModel[] = [
  {
    name: 'tiny',
    inputs: [tensor('input', 'FP32', -1, 3, 8, 8)],
    outputs: [tensor('output', 'FP32', -1, 10)],
  },
  {
    name: 'mixed',
    inputs: [
      tensor('long', 'INT64', -1, 2),
      tensor('text', 'BYTES', -1, 1),
      tensor('flag', 'BOOL', -1, 3),
      tensor('real', 'FP32', -1, 2),
    ],
    outputs: [tensor('long_twice', 'INT64', -1, 4), tensor('no_text', 'BYTES', -1, 1)],
  },
  { name: 'words', inputs: [tensor('words', 'BYTES', -1, 2)], outputs: [tensor('again', 'BYTES', -1, 2)] },
  {
    name: 'open',
    inputs: [tensor('bytes', 'UINT8', -1, -1)],
    outputs: [tensor('again', 'UINT8', -1, -1)],
  },
];

const types = { FP32: 'float32', INT64: 'int64', UINT8: 'uint8', BOOL: 'bool', BYTES: 'string' } as const;

/** Writes those that the zoo has not; gives the words of `thinfer serve` for all. */
export async function writeFuzzModels(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const words = ['tiny'];
  for (const model of fuzzModels.slice(1)) {
    await writeModel(folder, model.name, graphOf(model), seededWeights());
    const dim = model.name === 'open' ? ',dim.n=4' : '';
    words.push(`${join(folder, `${model.name}.onnx`)}:name=${model.name}${dim}`);
  }
  return words;
}

function graphOf({ name, inputs, outputs }: FuzzModel): BuiltGraph {
  const graph = new GraphBuilder(name);
  const dims = ({ shape }: FuzzTensor): (string | number)[] =>
    shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? 'batch' : 'n'));
  const [first] = inputs.map((input) => graph.input(input.name, types[input.datatype], dims(input)));
  // The null engine reads no node, only what goes in and out.
  for (const output of outputs) graph.output(output.name, first!, types[output.datatype], dims(output));
  return graph.build();
}
