import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { invariant, ThinferError } from '../../errors.ts';
import { accessOf } from './access.ts';
import { CallRecord } from './call-record.ts';
import type { GrpcContext } from './context.ts';
import { type Call, ending, grpcStatus } from './transport/index.ts';

/**
 * How one method is answered. Messages come and go serialised: each method decodes what it needs, and words its own errors. `one`:
 * it takes one message; `many`: it takes them as they come, and sets the call's listeners.
 */
export type MethodHandler =
  | { readonly takes: 'one'; readonly handle: (call: Call, message: Buffer) => void }
  | { readonly takes: 'many'; readonly handle: (call: Call) => void };

/** The methods of a service, by name. */
export type ServiceMethods = Readonly<Record<string, MethodHandler>>;

/** Largest request of all methods but inference. */
const smallMessageBytes = 2 ** 20;

/** Methods by the path of their calls. */
export class MethodTable {
  private readonly byPath = new Map<string, MethodHandler>();

  /** Adds a service's methods. Each has to be in the table of access. */
  add(service: string, methods: ServiceMethods): void {
    for (const [name, handler] of Object.entries(methods)) {
      const path = `/${service}/${name}`;
      invariant(accessOf(path) !== undefined, `${path} is in the table of access.`);
      this.byPath.set(path, handler);
    }
  }

  /** Undefined: there is no such method. */
  find(path: string): MethodHandler | undefined {
    return this.byPath.get(path);
  }
}

/** Hands a call to its method. */
export function startCall(context: GrpcContext, handler: MethodHandler, call: Call): void {
  if (handler.takes === 'one')
    takeOne(call, (message) => guard(context, call, () => handler.handle(call, message)));
  else guard(context, call, () => handler.handle(call));
}

/** Methods answer for their own errors; what still comes out of one is a bug, and ends its call alone. */
function guard(context: GrpcContext, call: Call, run: () => void): void {
  try {
    run();
  } catch (thrown) {
    call.end(new CallRecord(context, call).failed(thrown));
  }
}

/** Exactly one message has to come before the client is done. */
function takeOne(call: Call, handle: (message: Buffer) => void): void {
  let only: Buffer | null = null;
  const takeMessage = (message: Buffer): void => {
    if (only === null) only = message;
    else call.fail(ending(grpcStatus.INVALID_ARGUMENT, 'this method takes one message, got more'));
  };
  const takeEnd = (): void => {
    const message = only;
    only = null;
    if (message === null)
      call.fail(ending(grpcStatus.INVALID_ARGUMENT, 'this method takes one message, got none'));
    else handle(message);
  };
  call.onMessage = takeMessage;
  call.onHalfClose = takeEnd;
}

/** A method with one request and one answer, both decoded in full. */
export function unary<I extends DescMessage, O extends DescMessage>(
  context: GrpcContext,
  [input, output]: readonly [I, O],
  answer: (request: MessageShape<I>) => MessageShape<O> | Promise<MessageShape<O>>,
): MethodHandler {
  const run = async (request: Buffer): Promise<Buffer> =>
    encode(output, await answer(decodeSmall(input, request)));
  return {
    takes: 'one',
    handle: (call, request) => {
      const record = new CallRecord(context, call);
      run(request).then(
        (message) => {
          record.answered();
          call.reply(message, record.trailer);
        },
        (thrown) => call.end(record.failed(thrown)),
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
