import { ThinferError } from '../../errors.ts';
import { countParameters } from '../count-parameters.ts';
import { readSignature } from '../signature.ts';
import type { DimValues, TensorSpec } from '../types.ts';
import type { BuiltGraph } from './graph-builder.ts';
import { buildResnet50 } from './resnet.ts';
import { buildTiny } from './tiny.ts';

/** A model that thinfer makes from code. */
export interface ZooModel {
  readonly name: string;
  readonly description: string;
  /** Values of free dimensions other than the batch, where the user gives none. */
  readonly defaultDims: DimValues;
  /** The graph with places for its weights; takes milliseconds, generates no weight. */
  readonly build: () => BuiltGraph;
}

/** One line of `listZoo`. */
export interface ZooListing {
  readonly name: string;
  readonly description: string;
  /** Trainable weights. */
  readonly parameters: number;
  readonly inputs: readonly TensorSpec[];
  readonly defaultDims: DimValues;
}

function entry(
  name: string,
  description: string,
  build: (name: string) => BuiltGraph,
  defaultDims: DimValues = {},
): ZooModel {
  return { name, description, defaultDims, build: () => build(name) };
}

/** The zoo, in the order in which it is listed. */
export const zoo: readonly ZooModel[] = [
  entry('resnet50', 'ResNet-50, image classification (He et al. 2016)', buildResnet50),
  entry('tiny', 'a small convolutional network for tests', buildTiny),
];

/** The zoo's model of that name, if there is one. */
export function findZooModel(name: string): ZooModel | undefined {
  return zoo.find((each) => each.name === name);
}

/** The zoo's model of that name. Throws `not-found` with the names there are. */
export function zooModel(name: string): ZooModel {
  const found = findZooModel(name);
  if (found !== undefined) return found;
  throw new ThinferError('not-found', `${name}: neither a file nor a model of the zoo.`, {
    remedy: `The zoo has ${zoo.map((each) => each.name).join(', ')}; anything else is the path of an ONNX file.`,
  });
}

/** What the zoo has, with parameter counts taken from the graphs. */
export function listZoo(): ZooListing[] {
  return zoo.map((model) => {
    const { proto } = model.build();
    const graph = proto.graph!;
    const { inputs } = readSignature({ file: `${model.name}.onnx`, proto, graph, opset: 17 });
    const { name, description, defaultDims } = model;
    return { name, description, parameters: countParameters(graph), inputs, defaultDims };
  });
}
