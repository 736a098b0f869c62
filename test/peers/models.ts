import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Dim } from '../../src/model/index.ts';
import { type BuiltGraph, GraphBuilder } from '../../src/model/zoo/graph-builder.ts';
import { seededWeights } from '../../src/model/zoo/weight-source.ts';
import { writeModel } from '../../src/model/zoo/write-model.ts';
import { typeOfDatatype } from '../../src/serve/oip/datatypes.ts';

/** A tensor as `models.json` lists it: names of free dimensions, the batch first. */
export interface PeerTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly Dim[];
}

/** A model that our server and Triton both have: each output is the first input. */
export interface PeerModel {
  readonly name: string;
  readonly inputs: readonly PeerTensor[];
  readonly outputs: readonly PeerTensor[];
  /** What a batch takes; nothing where it is not given. */
  readonly delayMs?: number;
}

/** What `models.json` holds; the echo models are listed by their datatype. */
interface Listed {
  readonly echo: readonly string[];
  readonly models: readonly PeerModel[];
}

/** All models of `models.json`. */
export async function peerModels(): Promise<PeerModel[]> {
  const text = await readFile(resolve(import.meta.dirname, 'models.json'), 'utf8');
  const listed = JSON.parse(text) as Listed;
  return [...listed.echo.map(echoModel), ...listed.models];
}

function echoModel(datatype: string): PeerModel {
  const shape = ['batch', 'n'];
  return {
    name: `echo_${datatype.toLowerCase()}`,
    inputs: [{ name: 'input', datatype, shape }],
    outputs: [{ name: 'output', datatype, shape }],
  };
}

/** Writes a model as ONNX to a folder, and gives the file's path. */
export async function writePeerModel(model: PeerModel, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeModel(folder, model.name, graphOf(model), seededWeights());
  return join(folder, `${model.name}.onnx`);
}

function graphOf(model: PeerModel): BuiltGraph {
  const graph = new GraphBuilder(model.name);
  const [first] = model.inputs.map(({ name, datatype, shape }) =>
    graph.input(name, typeOfDatatype(datatype)!, shape),
  );
  for (const { name, datatype, shape } of model.outputs)
    graph.output(name, first!, typeOfDatatype(datatype)!, shape);
  return graph.build();
}
