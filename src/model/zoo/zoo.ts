import { ThinferError } from '../../errors.ts';
import { countParameters } from '../count-parameters.ts';
import { readSignature } from '../signature.ts';
import type { DimValues, TensorSpec } from '../types.ts';
import {
  type BertHead,
  type BertSizes,
  bertBase,
  bertBaseCased,
  bertLarge,
  bertTiny,
  buildBert,
} from './bert.ts';
import { buildGpt2 } from './gpt2.ts';
import type { BuiltGraph } from './graph-builder.ts';
import { buildInceptionV3 } from './inception.ts';
import { buildPeakConvolution, buildPeakProduct } from './peak.ts';
import { buildResnet50 } from './resnet.ts';
import { buildTiny } from './tiny.ts';

/** A model that thinfer makes from code. */
export interface ZooModel {
  readonly name: string;
  readonly description: string;
  /** Values of free dimensions other than the batch, where the user gives none. */
  readonly defaultDims: DimValues;
  /** Largest sizes of those dimensions. */
  readonly maxDims: DimValues;
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
  maxDims: DimValues = {},
): ZooModel {
  return { name, description, defaultDims, maxDims, build: () => build(name) };
}

function bertEntry(
  name: string,
  description: string,
  sizes: BertSizes,
  head: BertHead = 'pooler',
  sequence = 128,
): ZooModel {
  return entry(
    name,
    description,
    () => buildBert(name, sizes, head),
    { sequence },
    { sequence: sizes.positions },
  );
}

/** The zoo, in the order in which it is listed. */
export const zoo: readonly ZooModel[] = [
  entry('resnet50', 'ResNet-50, image classification (He et al. 2016)', buildResnet50),
  entry('inception-v3', 'Inception-v3, image classification (Szegedy et al. 2016)', buildInceptionV3),
  bertEntry('bert-base-uncased', 'BERT base, 30,522 tokens, pooler (Devlin et al. 2019)', bertBase),
  bertEntry('bert-base-cased', 'BERT base, 28,996 tokens, pooler (Devlin et al. 2019)', bertBaseCased),
  bertEntry('bert-large-uncased', 'BERT large, 30,522 tokens, pooler (Devlin et al. 2019)', bertLarge),
  bertEntry('bert-squad', "BERT base with SQuAD's span head: question answering", bertBase, 'span'),
  bertEntry('bert-mrpc', "BERT base with MRPC's classification head: paraphrase or not", bertBase, 'classes'),
  entry(
    'gpt2',
    'GPT-2 small, hidden states (Radford et al. 2019)',
    buildGpt2,
    { sequence: 128 },
    { sequence: 1024 },
  ),
  bertEntry('tiny-bert', 'a two-layer BERT for tests', bertTiny, 'pooler', 16),
  entry('tiny', 'a small convolutional network for tests', buildTiny),
  entry('peak-convolution', "one large convolution, which shows the machine's peak", buildPeakConvolution),
  entry('peak-product', "one large matrix product, which shows the machine's peak", buildPeakProduct),
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
