import { readFile } from 'node:fs/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { ThinferError } from '../errors.ts';
import { type GraphProto, type ModelProto, ModelProtoSchema, type TensorProto } from './generated/onnx_pb.ts';

/** A decoded ONNX file; the values of large embedded tensors are left out. */
export interface OnnxFile {
  /** The path it was read from. */
  readonly file: string;
  readonly proto: ModelProto;
  readonly graph: GraphProto;
  /** Version of the default operator set. */
  readonly opset: number;
}

/** Embedded tensors of more elements than this are weights: their values are not kept. */
const largestKeptTensor = 65_536;

/**
 * Reads an ONNX file (onnx.proto, IR version 3 and newer) without its external data.
 * Throws `not-found` where there is no such file, `model-invalid` where it is damaged or of another kind.
 */
export async function readOnnx(file: string): Promise<OnnxFile> {
  const bytes = await readModelBytes(file);
  const proto = decode(bytes, file);
  const { graph } = proto;
  const opset = proto.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (graph === undefined || proto.opsetImport.length === 0)
    throw damaged(
      file,
      bytes,
      graph === undefined ? 'it holds no graph' : 'it does not say which operator set it uses',
    );
  forEachGraph(graph, (each) => {
    each.initializer.forEach(dropLargeValues);
  });
  return { file, proto, graph, opset: Number(opset?.version ?? 0) };
}

async function readModelBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR')
      throw new ThinferError('model-invalid', `${file} is a folder, not an ONNX file.`, { cause: error });
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new ThinferError('not-found', `${file}: there is no such file.`, {
        remedy: 'Give the path of an ONNX file, or a name that `thinfer model list` shows.',
        cause: error,
      });
    if (code === 'ERR_FS_FILE_TOO_LARGE')
      throw new ThinferError('model-invalid', `${file}: larger than 2 GiB, more than an ONNX file can be.`, {
        remedy: 'Keep the weights as external data.',
        cause: error,
      });
    throw new ThinferError('not-found', `${file} can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function decode(bytes: Uint8Array, file: string): ModelProto {
  if (bytes.length === 0) throw damaged(file, bytes, 'it is empty');
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw damaged(file, bytes, (error as Error).message, error);
  }
}

function damaged(file: string, bytes: Uint8Array, why: string, cause?: unknown): ThinferError {
  const start = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  if (start.startsWith('version https://git-lfs'))
    return new ThinferError('model-invalid', `${file} is a Git LFS pointer, not the model itself.`, {
      remedy: 'Run `git lfs pull` in its repository.',
      cause,
    });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells a binary file
  if (bytes.length > 0 && !/[\x00-\x08\x0e-\x1f\x7f-\x9f]/.test(start))
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

function dropLargeValues(tensor: TensorProto): void {
  const elements = tensor.dims.reduce((product, size) => product * Number(size), 1);
  if (elements > largestKeptTensor) {
    tensor.rawData = new Uint8Array();
    tensor.floatData = [];
    tensor.int32Data = [];
    tensor.int64Data = [];
    tensor.doubleData = [];
    tensor.uint64Data = [];
  } else if (tensor.rawData.length > 0) {
    // A copy of its own: a view would keep the whole file in memory.
    tensor.rawData = new Uint8Array(tensor.rawData);
  }
}
