import { closeSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { ThinferError } from '../errors.ts';
import { type GraphProto, type ModelProto, ModelProtoSchema } from './generated/onnx_pb.ts';
import { readWire, type WireRules } from './read-wire.ts';

/** A decoded ONNX file; the values of large embedded tensors are left out. */
export interface OnnxFile {
  /** The path it was read from. */
  readonly file: string;
  readonly proto: ModelProto;
  readonly graph: GraphProto;
  /** Version of the default operator set. */
  readonly opset: number;
}

/** Embedded values of more bytes than this are weights, and are not read. */
const longestValues = { skipAbove: 65_536 };

/** onnx.proto: `ModelProto.graph`, in it `initializer`, in it the fields that hold values. */
const withoutWeights: WireRules = {
  7: {
    inside: {
      5: {
        inside: {
          4: longestValues,
          5: longestValues,
          7: longestValues,
          9: longestValues,
          10: longestValues,
          11: longestValues,
        },
      },
    },
  },
};

/**
 * Reads an ONNX file (onnx.proto, IR version 3 and newer) without its external data.
 * Throws `not-found` where there is no such file, `model-invalid` where it is damaged or of another kind.
 */
export async function readOnnx(file: string): Promise<OnnxFile> {
  await checkFile(file);
  const proto = decode(file);
  const { graph } = proto;
  const opset = proto.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (graph === undefined || proto.opsetImport.length === 0)
    throw damaged(
      file,
      graph === undefined ? 'it holds no graph' : 'it does not say which operator set it uses',
    );
  return { file, proto, graph, opset: Number(opset?.version ?? 0) };
}

async function checkFile(file: string): Promise<void> {
  const status = await stat(file).catch((cause: unknown) => {
    throw unreadable(file, cause as NodeJS.ErrnoException);
  });
  if (!status.isFile())
    throw new ThinferError(
      'model-invalid',
      `${file} is ${status.isDirectory() ? 'a folder' : 'a device or pipe'}, not an ONNX file.`,
    );
  if (status.size === 0) throw damaged(file, 'it is empty');
}

function unreadable(file: string, cause: NodeJS.ErrnoException): ThinferError {
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
    return new ThinferError('not-found', `${file}: there is no such file.`, {
      remedy: 'Give the path of an ONNX file, or a name that `thinfer model list` shows.',
      cause,
    });
  return new ThinferError('not-found', `${file} can't be read: ${cause.message}`, { cause });
}

function decode(file: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, readWire(file, withoutWeights));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined)
      throw unreadable(file, error as NodeJS.ErrnoException);
    throw damaged(file, (error as Error).message, error);
  }
}

function damaged(file: string, why: string, cause?: unknown): ThinferError {
  const start = firstBytes(file);
  if (start.startsWith('version https://git-lfs'))
    return new ThinferError('model-invalid', `${file} is a Git LFS pointer, not the model itself.`, {
      remedy: 'Run `git lfs pull` in its repository.',
      cause,
    });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells a binary file
  if (start !== '' && !/[\x00-\x08\x0e-\x1f\x7f-\x9f]/.test(start))
    return new ThinferError('model-invalid', `${file} is a text file, not an ONNX file.`, { cause });
  return new ThinferError('model-invalid', `${file} is not an ONNX file, or was cut: ${why}.`, {
    remedy: 'Export or copy it again.',
    cause,
  });
}

/** Calls `visit` for a graph and every graph inside its nodes' attributes. */
export function forEachGraph(graph: GraphProto, visit: (graph: GraphProto) => void): void {
  visit(graph);
  for (const node of graph.node)
    for (const attribute of node.attribute)
      for (const inner of attribute.g === undefined ? attribute.graphs : [attribute.g, ...attribute.graphs])
        forEachGraph(inner, visit);
}

function firstBytes(file: string): string {
  const bytes = Buffer.alloc(256);
  const descriptor = openSync(file, 'r');
  try {
    return bytes.toString('latin1', 0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}
