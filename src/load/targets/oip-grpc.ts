import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type CallOptions, Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { ThinferError } from '../../errors.ts';
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
  ModelMetadataRequestSchema,
  ModelMetadataResponseSchema,
} from '../../serve/generated/grpc_service_pb.ts';
import { datatypeOf, typeOfDatatype } from '../../serve/oip/datatypes.ts';
import { authorization } from '../http/http-request.ts';
import { authorityOf, type Origin } from '../http/origin.ts';
import { responseLimits } from '../http/response-parser.ts';
import type { AnswerTensor, Reply } from '../outcome.ts';
import type { RequestInputs } from '../requests/make-inputs.ts';
import { valuesOfBytes } from '../requests/tensor-values.ts';
import type { OipOptions } from './oip-rest.ts';
import { cleanText, type Target } from './target.ts';

/** The Open Inference Protocol over gRPC: one HTTP/2 connection, requests encoded beforehand. */
export class OipGrpcTarget implements Target {
  readonly waited = 0;
  private readonly client: Client;
  private readonly metadata: Metadata;
  private readonly requests: readonly Buffer[];

  constructor(options: OipOptions, inputs: readonly RequestInputs[]) {
    this.client = openClient(options.origin);
    this.metadata = metadataOf(options.token);
    this.requests = inputs.map((request) => encodeModelInfer(options, request));
  }

  send(payload: number, settle: (reply: Reply) => void): () => void {
    const request = this.requests[payload]!;
    let givenUp = false;
    const call = unary(this.client, 'ModelInfer', request, this.metadata, {}, (error, answer) => {
      if (givenUp) return;
      if (error !== null) settle(replyOfError(error));
      else {
        const body = answer ?? Buffer.alloc(0);
        settle({ state: 'answered', answer: { body, tensors: () => readModelInfer(body) } });
      }
    });
    return () => {
      givenUp = true;
      call.cancel();
    };
  }

  close(): void {
    this.client.close();
  }
}

const same = (bytes: Buffer): Buffer => bytes;

function unary(
  client: Client,
  method: string,
  request: Buffer,
  metadata: Metadata,
  options: CallOptions,
  done: (error: ServiceError | null, answer?: Buffer) => void,
): { cancel(): void } {
  const path = `/inference.GRPCInferenceService/${method}`;
  return client.makeUnaryRequest(path, same, same, request, metadata, options, done);
}

function openClient(origin: Origin): Client {
  return new Client(
    authorityOf(origin),
    origin.secure ? credentials.createSsl() : credentials.createInsecure(),
    {
      'grpc.max_receive_message_length': responseLimits.bodyBytes,
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      // A proxy of the environment would be measured with the server.
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
    },
  );
}

function metadataOf(token: string | null): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(authorization(token))) metadata.set(name, value);
  return metadata;
}

/** What grpc-js says where there is no connection; a server's own UNAVAILABLE has other words. */
const noConnection =
  /^(No connection established|Connection dropped|Name resolution failed|.*\bE[A-Z]{4,}\b)/;
const refusals = new Set<number>([status.RESOURCE_EXHAUSTED, status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

function replyOfError({ code, details, metadata }: ServiceError): Reply {
  const text = cleanText(details);
  if (code === status.UNAVAILABLE && noConnection.test(details))
    return { state: 'lost', kind: lostKind(details), text };
  const kind = `gRPC ${status[code] ?? code}`;
  if (!refusals.has(code)) return { state: 'failed', kind, text };
  return { state: 'refused', kind, text, retryAfter: metadata.get('retry-after').length > 0 };
}

const lostKind = (details: string): string => /\bE[A-Z]{4,}\b/.exec(details)?.[0] ?? 'no connection';

/** An inference request as bytes. */
export function encodeModelInfer(
  { model, version, deadlineMs }: OipOptions,
  { tensors }: RequestInputs,
): Buffer {
  const timeoutUs = deadlineMs === null ? null : BigInt(Math.max(1, Math.round(deadlineMs * 1000)));
  const message = create(ModelInferRequestSchema, {
    modelName: model,
    modelVersion: version ?? '',
    parameters:
      timeoutUs === null ? {} : { timeout: { parameterChoice: { case: 'int64Param', value: timeoutUs } } },
    inputs: tensors.map(({ name, type, shape }) => ({
      name,
      datatype: datatypeOf(type),
      shape: shape.map(BigInt),
    })),
    rawInputContents: tensors.map(({ data }) => data),
  });
  return Buffer.from(toBinary(ModelInferRequestSchema, message));
}

function readModelInfer(bytes: Uint8Array): AnswerTensor[] {
  const { outputs, rawOutputContents } = fromBinary(ModelInferResponseSchema, bytes);
  return outputs.map(({ name, datatype, shape: sizes }, at) => {
    const type = typeOfDatatype(datatype);
    const raw = rawOutputContents[at];
    if (type === undefined || raw === undefined)
      throw new ThinferError('request-invalid', `output "${name}" (${datatype}) has no raw contents`);
    const shape = sizes.map(Number);
    return { name, type: datatype, shape, values: valuesOfBytes(type, shape, raw) };
  });
}

/** A model's metadata in the REST form, unchecked. Throws `unavailable`, `not-found`, `denied` or `request-invalid`. */
export async function fetchGrpcMetadata(
  { origin, model, version, token }: Pick<OipOptions, 'origin' | 'model' | 'version' | 'token'>,
  timeoutMs: number,
): Promise<unknown> {
  const client = openClient(origin);
  const message = create(ModelMetadataRequestSchema, { name: model, version: version ?? '' });
  const request = Buffer.from(toBinary(ModelMetadataRequestSchema, message));
  try {
    const bytes = await new Promise<Buffer>((settle, reject) => {
      const options = { deadline: Date.now() + timeoutMs };
      unary(client, 'ModelMetadata', request, metadataOf(token), options, (error, answer) =>
        error === null ? settle(answer ?? Buffer.alloc(0)) : reject(metadataError(error, origin)),
      );
    });
    const { name, versions, platform, inputs, outputs } = fromBinary(ModelMetadataResponseSchema, bytes);
    const tensor = (given: (typeof inputs)[number]): unknown => ({
      name: given.name,
      datatype: given.datatype,
      shape: given.shape.map(Number),
    });
    return { name, versions, platform, inputs: inputs.map(tensor), outputs: outputs.map(tensor) };
  } finally {
    client.close();
  }
}

function metadataError({ code, details }: ServiceError, origin: Origin): ThinferError {
  const text = `${origin.url}: ${cleanText(details)}`;
  switch (code) {
    case status.NOT_FOUND:
      return new ThinferError('not-found', text, { remedy: 'see which models the server has' });
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return new ThinferError('denied', text, { remedy: 'give --token' });
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      return new ThinferError('unavailable', `${text}`, {
        remedy: 'is the server there, and is this its gRPC port?',
      });
    default:
      return new ThinferError('request-invalid', text, { remedy: 'is this the gRPC port of the server?' });
  }
}
