import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  Server,
  ServerUnaryCall,
} from '@grpc/grpc-js';
import { invariant, ThinferError } from '../../errors.ts';
import { accessOf } from './access.ts';
import { CallRecord } from './call-record.ts';
import type { GrpcContext } from './context.ts';
import type { AnswerMessage } from './encode-infer-response.ts';

/** A serialised message on its way out. */
export type Outgoing = Buffer | AnswerMessage;

/** How one method is answered. Messages come and go serialised: each method decodes what it needs, and words its own errors. */
export type MethodHandler =
  | { readonly type: 'unary'; readonly handle: handleUnaryCall<Buffer, Outgoing> }
  | { readonly type: 'serverStream'; readonly handle: handleServerStreamingCall<Buffer, Outgoing> }
  | { readonly type: 'bidi'; readonly handle: handleBidiStreamingCall<Buffer, Outgoing> };

/** The methods of a service, by name. */
export type ServiceMethods = Readonly<Record<string, MethodHandler>>;

/** Largest request of all methods but inference. */
const smallMessageBytes = 2 ** 20;

/** Puts a service's methods into the server. Each has to be in the table of access. */
export function registerService(server: Server, service: string, methods: ServiceMethods): void {
  for (const [name, { type, handle }] of Object.entries(methods)) {
    const path = `/${service}/${name}`;
    invariant(accessOf(path) !== undefined, `${path} is in the table of access.`);
    // An AnswerMessage does what grpc-js asks of a serialised message.
    server.register<Buffer, Outgoing>(
      path,
      handle,
      (message) => message as Buffer,
      (bytes) => bytes,
      type,
    );
  }
}

/** A method with one request and one answer, both decoded in full. */
export function unary<I extends DescMessage, O extends DescMessage>(
  context: GrpcContext,
  [input, output]: readonly [I, O],
  answer: (request: MessageShape<I>) => MessageShape<O> | Promise<MessageShape<O>>,
): MethodHandler {
  const run = async (call: ServerUnaryCall<Buffer, Outgoing>): Promise<Outgoing> =>
    encode(output, await answer(decodeSmall(input, call.request)));
  return {
    type: 'unary',
    handle: (call, reply) => {
      const record = new CallRecord(context, call);
      run(call).then(
        (message) => {
          record.answered();
          reply(null, message, record.trailer);
        },
        (thrown) => reply(record.failed(thrown)),
      );
    },
  };
}

/** Serialises a message. */
export function encode<O extends DescMessage>(schema: O, message: MessageShape<O>): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Decodes a request that has no business being large: a general decoder makes objects of what is two bytes on the wire. */
export function decodeSmall<I extends DescMessage>(schema: I, bytes: Buffer): MessageShape<I> {
  if (bytes.length > smallMessageBytes)
    throw new ThinferError(
      'too-large',
      `a request to this method has at most ${smallMessageBytes} bytes, got ${bytes.length}`,
    );
  try {
    return fromBinary(schema, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw new ThinferError('request-invalid', 'unable to parse the request', { cause });
  }
}
