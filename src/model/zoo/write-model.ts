import { createHash } from 'node:crypto';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../generated/onnx_pb.ts';
import type { StepOptions } from '../progress.ts';
import type { BuiltGraph, Weight } from './graph-builder.ts';
import type { WeightSource } from './weight-source.ts';

/** A file that was written. */
export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

const pieceElements = 1 << 20;

/** Writes `<name>.onnx` and `<name>.data` into an existing folder, in pieces of 4 MiB; `onBytes` hears of the data. */
export async function writeModel(
  folder: string,
  name: string,
  graph: BuiltGraph,
  source: WeightSource,
  options: StepOptions = {},
): Promise<WrittenFile[]> {
  const data = await writeData(join(folder, `${name}.data`), graph, source, options);
  const bytes = toBinary(ModelProtoSchema, graph.proto);
  await writeFile(join(folder, `${name}.onnx`), bytes, { flush: true });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return [
    { name: `${name}.onnx`, bytes: bytes.length, sha256 },
    { name: `${name}.data`, bytes: graph.dataBytes, sha256: data },
  ];
}

async function writeData(
  path: string,
  graph: BuiltGraph,
  source: WeightSource,
  { onBytes, signal }: StepOptions,
): Promise<string> {
  const hash = createHash('sha256');
  await using handle = await open(path, 'wx');
  const write = async (bytes: Uint8Array): Promise<void> => {
    signal?.throwIfAborted();
    hash.update(bytes);
    await writeAll(handle, bytes);
    onBytes?.(bytes.length);
  };
  let position = 0;
  for (const weight of graph.weights) {
    await write(new Uint8Array(weight.offset - position));
    await writeWeight(weight, source, write);
    position = weight.offset + weight.bytes;
  }
  await handle.datasync();
  return hash.digest('hex');
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done);
    done += bytesWritten;
  }
}

async function writeWeight(
  weight: Weight,
  source: WeightSource,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const fill = await source.open(weight);
  const piece = new Float32Array(Math.min(pieceElements, weight.bytes / 4));
  for (let left = weight.bytes / 4; left > 0; left -= piece.length) {
    const part = piece.subarray(0, Math.min(left, piece.length));
    await fill(part);
    await write(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
}
