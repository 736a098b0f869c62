import { readFile } from 'node:fs/promises';
import { ThinferError } from '../errors.ts';
import {
  fetchGrpcMetadata,
  fetchRestMetadata,
  makeInputs,
  modelOfMetadata,
  OipGrpcTarget,
  type OipOptions,
  OipRestTarget,
  parseMetadata,
  parseOrigin,
  payloadPicker,
  type RawBody,
  type Target,
  TorchServeTarget,
} from '../load/index.ts';
import type { Model } from '../model/index.ts';
import { type LoadFlags, readToken } from './load-flags.ts';
import { openNamedModel } from './session.ts';
import type { Terminal } from './terminal.ts';

/** A server ready to be driven. */
export interface OpenedTarget {
  readonly target: Target;
  readonly payloads: number;
  readonly nextPayload: () => number;
  readonly itemsOf: (payload: number) => number;
  /** Of each request, in the order of the prepared ones. */
  readonly items: readonly number[];
}

/** The server's metadata is waited for so long, or for `--timeout` where that is less. */
const metadataMs = 10_000;
const errorBytes = 8192;
const mostBodyBytes = 256 * 1024 * 1024;

/** Asks the server what the model takes, and prepares all requests. */
export async function openTarget(url: string, flags: LoadFlags, terminal: Terminal): Promise<OpenedTarget> {
  const origin = parseOrigin(url);
  const options: OipOptions = {
    origin,
    model: flags.model,
    version: flags.modelVersion ?? null,
    deadlineMs: flags.deadline ?? null,
    token: readToken(flags.token),
    connections: Math.max(flags.connections, flags.concurrency ?? 1),
    keepBytes: flags.verify ? Number.POSITIVE_INFINITY : errorBytes,
    binary: !flags.jsonBody,
  };
  if (flags.protocol === 'torchserve') return openTorchServe(options, flags);
  return openOip(options, flags, terminal);
}

async function openOip(options: OipOptions, flags: LoadFlags, terminal: Terminal): Promise<OpenedTarget> {
  const isGrpc = flags.protocol === 'oip-grpc';
  const fetchMetadata = isGrpc ? fetchGrpcMetadata : fetchRestMetadata;
  const answer = await fetchMetadata(options, Math.min(metadataMs, flags.timeout));
  const told = modelOfMetadata(parseMetadata(answer, options.origin.url));
  const model =
    flags.modelFile === undefined ? told : await fileModel(told, flags.modelFile, flags, terminal);
  const items = flags.items ?? [model.batchDim === null ? model.fixedBatch : 1];
  const sizes = [...new Set(items)];
  const inputs = makeInputs(model, {
    items: sizes,
    dims: flags.dim,
    distinct: flags.inputs,
    seed: flags.seed,
  });
  return {
    target: isGrpc ? new OipGrpcTarget(options, inputs) : new OipRestTarget(options, inputs),
    payloads: inputs.length,
    nextPayload: payloadPicker(items, sizes, flags.inputs, flags.seed),
    itemsOf: (payload) => inputs[payload]!.items,
    items,
  };
}

/** The file says more than the server, but it must be the same model. */
async function fileModel(told: Model, name: string, flags: LoadFlags, terminal: Terminal): Promise<Model> {
  const model = await openNamedModel(name, flags, terminal);
  const inputsOf = ({ inputs }: Model): string =>
    inputs.map((input) => `${input.name} ${input.type} of ${input.shape.length} dimensions`).join(', ');
  if (inputsOf(model) !== inputsOf(told))
    throw new ThinferError(
      'shape-invalid',
      `the server's ${told.name} takes ${inputsOf(told)}; ${name} takes ${inputsOf(model)}`,
      { remedy: 'give the file of the model that is served as --model-file' },
    );
  return model;
}

async function openTorchServe(options: OipOptions, flags: LoadFlags): Promise<OpenedTarget> {
  const bodies = await Promise.all(flags.body.map((file) => readBody(file, flags.contentType)));
  const bytes = bodies.reduce((sum, body) => sum + body.bytes.length, 0);
  if (bytes > mostBodyBytes)
    throw new ThinferError('usage', `--body: the files have ${bytes} bytes, more than ${mostBodyBytes}`);
  const each = flags.items?.[0] ?? 1;
  return {
    target: new TorchServeTarget(options, bodies),
    payloads: bodies.length,
    nextPayload: payloadPicker([each], [each], bodies.length, flags.seed),
    itemsOf: () => each,
    items: [each],
  };
}

async function readBody(file: string, contentType: string | undefined): Promise<RawBody> {
  const bytes = await readFile(file);
  return {
    bytes,
    contentType: contentType ?? (file.endsWith('.json') ? 'application/json' : 'application/octet-stream'),
  };
}
