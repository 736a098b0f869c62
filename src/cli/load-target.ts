import { readFile } from 'node:fs/promises';
import { ThinferError } from '../errors.ts';
import {
  defaultTolerance,
  fetchRestMetadata,
  type LoadOptions,
  modelOfMetadata,
  type OipOptions,
  OipRestTarget,
  type PlayedTrace,
  type PreparedRequests,
  parseMetadata,
  parseOrigin,
  payloadPicker,
  prepareRequests,
  type RawBody,
  type Target,
  TorchServeTarget,
} from '../load/index.ts';
import type { Model } from '../model/index.ts';
import { type LoadFlags, readToken } from './load-flags.ts';
import type { OpenedTrace } from './load-trace.ts';
import type { Terminal } from './terminal.ts';

/** What is driven, as documents name it. */
export interface TargetNames {
  /** Null: there is no server. */
  readonly url: string | null;
  readonly protocol: string;
  readonly model: string;
  /** Null: the server's choice. */
  readonly version: string | null;
  /** The instances, such as 2x1x4; null: only the server knows. */
  readonly instances: string | null;
}

/** A server, or instances without one, ready to be driven. */
export interface OpenedTarget {
  readonly names: TargetNames;
  readonly target: Target;
  readonly payloads: number;
  readonly nextPayload: () => number;
  readonly itemsOf: (payload: number) => number;
  /** What the numbers of items are drawn from; null: a trace has them. */
  readonly items: readonly number[] | null;
  /** Null: there is no trace. */
  readonly played: PlayedTrace | null;
  /** Ends it; resolves when nothing of it is left. */
  readonly close: () => Promise<void>;
}

/** What every run of a command is made with. */
export function runOptions(
  opened: OpenedTarget,
  flags: LoadFlags,
  signal: AbortSignal,
): Omit<LoadOptions, 'loop' | 'extent' | 'seed'> {
  const { target, payloads, nextPayload } = opened;
  const { deadline = null, timeout, tolerance = defaultTolerance.relative } = flags;
  const verify = flags.verify ? { ...defaultTolerance, relative: tolerance } : null;
  return { target, payloads, nextPayload, deadlineMs: deadline, timeoutMs: timeout, verify, signal };
}

/** The server's metadata is waited for so long, or for `--timeout` where that is less. */
const metadataMs = 10_000;
const errorBytes = 8192;
const mostBodyBytes = 256 * 1024 * 1024;

/** Asks the server what the model takes, and prepares all requests. */
export async function openTarget(
  url: string,
  flags: LoadFlags,
  trace: OpenedTrace | null,
  terminal: Terminal,
): Promise<OpenedTarget> {
  const origin = parseOrigin(url);
  const options: OipOptions = {
    origin,
    model: flags.model!,
    version: flags.modelVersion ?? null,
    deadlineMs: flags.deadline ?? null,
    token: readToken(flags.token),
    connections: Math.max(flags.connections, flags.concurrency ?? 1),
    keepBytes: flags.verify ? Number.POSITIVE_INFINITY : errorBytes,
    binary: !flags.jsonBody,
  };
  const { protocol, modelVersion: version = null } = flags;
  const names = { url, protocol, model: options.model, version, instances: null };
  const driven =
    protocol === 'torchserve'
      ? await openTorchServe(options, flags, trace, terminal)
      : await openOip(options, flags, trace, terminal);
  return { names, ...driven, close: async () => driven.target.close() };
}

type Driven = Omit<OpenedTarget, 'names' | 'close'>;

async function openOip(
  options: OipOptions,
  flags: LoadFlags,
  trace: OpenedTrace | null,
  terminal: Terminal,
): Promise<Driven> {
  const grpc = flags.protocol === 'oip-grpc' ? await import('../load/targets/oip-grpc.ts') : null;
  const fetchMetadata = grpc?.fetchGrpcMetadata ?? fetchRestMetadata;
  const answer = await fetchMetadata(options, Math.min(metadataMs, flags.timeout));
  const told = modelOfMetadata(parseMetadata(answer, options.origin.url));
  const model =
    flags.modelFile === undefined ? told : await fileModel(told, flags.modelFile, flags, terminal);
  const { inputs, largest: _, ...prepared } = prepareFor(model, flags, trace);
  return {
    target: grpc === null ? new OipRestTarget(options, inputs) : new grpc.OipGrpcTarget(options, inputs),
    ...prepared,
  };
}

/** All requests of a model that the flags ask for, and what a target needs to know of them. */
export function prepareFor(
  model: Model,
  flags: LoadFlags,
  trace: OpenedTrace | null,
): Omit<Driven, 'target'> & Pick<PreparedRequests, 'inputs' | 'largest'> {
  const items = flags.items ?? [model.batchDim === null ? model.fixedBatch : 1];
  const { inputs, nextPayload, played, largest } = prepareRequests(model, {
    lists: { items, dims: flags.dim },
    distinct: flags.inputs,
    seed: flags.seed,
    trace: trace === null ? null : { ...trace, lengthDim: flags.lengthDim },
  });
  return {
    inputs,
    payloads: inputs.length,
    nextPayload,
    itemsOf: (payload) => inputs[payload]!.items,
    items: (trace?.trace.items ?? null) === null ? items : null,
    played,
    largest,
  };
}

/** The file says more than the server, but it must be the same model. */
async function fileModel(told: Model, name: string, flags: LoadFlags, terminal: Terminal): Promise<Model> {
  const { openNamedModel } = await import('./session.ts');
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

async function openTorchServe(
  options: OipOptions,
  flags: LoadFlags,
  trace: OpenedTrace | null,
  terminal: Terminal,
): Promise<Driven> {
  const bodies = await Promise.all(flags.body.map((file) => readBody(file, flags.contentType)));
  const bytes = bodies.reduce((sum, body) => sum + body.bytes.length, 0);
  if (bytes > mostBodyBytes)
    throw new ThinferError('usage', `--body: the files have ${bytes} bytes, more than ${mostBodyBytes}`);
  const each = flags.items?.[0] ?? 1;
  const nextPayload = payloadPicker([each], [each], bodies.length, flags.seed);
  if (trace !== null && (trace.trace.items !== null || trace.trace.lengths !== null))
    terminal.notice(`${trace.trace.name}: bodies are sent as they are; its items and lengths are not used`);
  return {
    target: new TorchServeTarget(options, bodies),
    payloads: bodies.length,
    nextPayload,
    itemsOf: () => each,
    items: [each],
    played:
      trace === null
        ? null
        : { dueMs: trace.dueMs, payloads: Uint32Array.from(trace.dueMs, () => nextPayload()) },
  };
}

async function readBody(file: string, contentType: string | undefined): Promise<RawBody> {
  const bytes = await readFile(file);
  return {
    bytes,
    contentType: contentType ?? (file.endsWith('.json') ? 'application/json' : 'application/octet-stream'),
  };
}
