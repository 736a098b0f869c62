import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { ThinferError } from '../errors.ts';
import { type TensorProto, TensorProto_DataLocation } from './generated/onnx_pb.ts';
import { forEachGraph, type OnnxFile } from './read-onnx.ts';

/** Where a tensor's values lie outside the ONNX file (onnx.proto, `TensorProto.external_data`). */
export interface ExternalReference {
  readonly tensor: string;
  /** Path relative to the model's folder, as written in the model. */
  readonly location: string;
  readonly offset: number;
  /** Bytes; null where the model does not say (then: up to the file's end). */
  readonly length: number | null;
}

/** A file of external data. */
export interface ExternalFile {
  readonly location: string;
  readonly path: string;
  readonly bytes: number;
}

/** The external reference of a tensor, or undefined where its values are inside the model. */
export function externalReference(tensor: TensorProto): ExternalReference | undefined {
  if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) return undefined;
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const length = entries.get('length');
  return {
    tensor: tensor.name,
    location: entries.get('location') ?? '',
    offset: Number(entries.get('offset') ?? 0),
    length: length === undefined ? null : Number(length),
  };
}

/**
 * Finds the files of external data and checks that each is there, lies in the model's folder, and is long enough.
 * Throws `model-invalid`, naming the file, otherwise.
 */
export async function externalFiles(onnx: OnnxFile): Promise<ExternalFile[]> {
  const needed = neededBytes(onnx);
  const files: ExternalFile[] = [];
  for (const [location, reference] of needed) files.push(await checkFile(onnx.file, location, reference));
  return files.sort((a, b) => (a.location < b.location ? -1 : 1));
}

interface Need {
  readonly tensor: string;
  readonly end: number;
}

function neededBytes(onnx: OnnxFile): Map<string, Need> {
  const needs = new Map<string, Need>();
  const add = (tensor: TensorProto): void => {
    const reference = externalReference(tensor);
    if (reference === undefined) return;
    const end = reference.offset + (reference.length ?? 0);
    if (!Number.isSafeInteger(end) || reference.offset < 0 || end < reference.offset)
      throw new ThinferError(
        'model-invalid',
        `${onnx.file}: tensor "${tensor.name}" has an external offset or length that is no number of bytes.`,
      );
    const known = needs.get(reference.location);
    if (known === undefined || known.end < end) needs.set(reference.location, { tensor: tensor.name, end });
  };
  forEachGraph(onnx.graph, (graph) => {
    graph.initializer.forEach(add);
    for (const node of graph.node)
      for (const attribute of node.attribute)
        for (const tensor of attribute.t === undefined
          ? attribute.tensors
          : [attribute.t, ...attribute.tensors])
          add(tensor);
  });
  return needs;
}

async function checkFile(model: string, location: string, need: Need): Promise<ExternalFile> {
  const path = resolve(dirname(model), location);
  if (location === '' || isAbsolute(location) || !isWithin(dirname(resolve(model)), path))
    throw escapes(model, location);
  const status = await stat(path).catch((cause: unknown) => {
    throw new ThinferError(
      'model-invalid',
      `${model}: its external data ${path} is missing or can't be read (tensor "${need.tensor}" is kept there).`,
      { remedy: 'Copy that file beside the model, under this name.', cause },
    );
  });
  if (!status.isFile())
    throw new ThinferError('model-invalid', `${model}: its external data ${path} is not a file.`);
  if (!(await staysInside(model, path))) throw escapes(model, location);
  if (status.size < need.end)
    throw new ThinferError(
      'model-invalid',
      `${model}: its external data ${path} was cut: ${status.size} bytes, but tensor "${need.tensor}" ends at byte ${need.end}.`,
      { remedy: 'Copy or export it again.' },
    );
  return { location, path, bytes: status.size };
}

function escapes(model: string, location: string): ThinferError {
  return new ThinferError(
    'model-invalid',
    `${model}: its external data "${location}" lies outside the model's folder.`,
    { remedy: 'Put the data beside the model and name it by a relative path; thinfer reads nothing else.' },
  );
}

/** Through links too: the file must end in the model's folder, or in the folder that the model itself is a link into. */
async function staysInside(model: string, path: string): Promise<boolean> {
  const target = await realpath(path);
  const folders = [await realpath(dirname(model)), dirname(await realpath(model))];
  return folders.some((folder) => isWithin(folder, target));
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
