import { create, type DescFile, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import {
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from '../generated/reflection_v1_pb.ts';
import { idOf } from './call-record.ts';
import type { GrpcContext } from './context.ts';
import { decodeSmall, encode, type MethodHandler, type ServiceMethods } from './methods.ts';
import { type Call, ending, grpcStatus } from './transport/index.ts';

type Reply = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>;

/**
 * `grpc.reflection.v1.ServerReflection`; v1alpha has the same messages under other names, and takes the same methods. Clients such
 * as grpcurl read the definitions from here.
 */
export function reflectionService(context: GrpcContext, files: readonly DescFile[]): ServiceMethods {
  const index = new DescriptorIndex(files);
  const handler: MethodHandler = { takes: 'many', handle: (call) => reflect(context, call, index) };
  return { ServerReflectionInfo: handler };
}

function reflect(context: GrpcContext, call: Call, index: DescriptorIndex): void {
  call.onClose = context.onDrain(() =>
    call.end(ending(grpcStatus.UNAVAILABLE, 'the server is shutting down')),
  );
  call.onDrain = () => call.resume();
  call.onHalfClose = () => call.end(ending(grpcStatus.OK, ''));
  call.onMessage = (message) => {
    try {
      const request = decodeSmall(ServerReflectionRequestSchema, message);
      const response = create(ServerReflectionResponseSchema, {
        validHost: request.host,
        originalRequest: request,
        messageResponse: index.answer(request),
      });
      if (!call.write(encode(ServerReflectionResponseSchema, response))) call.pause();
    } catch (thrown) {
      call.end(context.failure(thrown, call.path, idOf(call)));
    }
  };
}

/** Descriptors of files, by file and by symbol. */
class DescriptorIndex {
  private readonly services: string[] = [];
  private readonly byName = new Map<string, DescFile>();
  private readonly bySymbol = new Map<string, DescFile>();

  constructor(files: readonly DescFile[]) {
    for (const file of files) this.add(file);
    for (const file of files) for (const { typeName } of file.services) this.services.push(typeName);
  }

  answer({ messageRequest }: ServerReflectionRequest): Reply {
    switch (messageRequest.case) {
      case 'listServices':
        return {
          case: 'listServicesResponse',
          value: { service: [...new Set(this.services)].map((name) => ({ name })) },
        };
      case 'fileByFilename':
        return filesOf(this.byName.get(messageRequest.value), `file ${messageRequest.value.slice(0, 200)}`);
      case 'fileContainingSymbol':
        return filesOf(
          this.bySymbol.get(messageRequest.value),
          `symbol ${messageRequest.value.slice(0, 200)}`,
        );
      case 'fileContainingExtension':
      case 'allExtensionNumbersOfType':
        return notFound('extension: there are none');
      default:
        return {
          case: 'errorResponse',
          value: { errorCode: grpcStatus.INVALID_ARGUMENT, errorMessage: 'the request asks for nothing' },
        };
    }
  }

  private add(file: DescFile): void {
    const name = file.proto.name;
    if (this.byName.has(name)) return;
    this.byName.set(name, file);
    for (const dependency of file.dependencies) this.add(dependency);
    for (const message of file.messages) this.addMessage(message, file);
    for (const type of file.enums) this.bySymbol.set(type.typeName, file);
    for (const service of file.services) {
      this.bySymbol.set(service.typeName, file);
      for (const method of service.methods) this.bySymbol.set(`${service.typeName}.${method.name}`, file);
    }
  }

  private addMessage(message: DescFile['messages'][number], file: DescFile): void {
    this.bySymbol.set(message.typeName, file);
    for (const field of message.fields) this.bySymbol.set(`${message.typeName}.${field.name}`, file);
    for (const type of message.nestedEnums) this.bySymbol.set(type.typeName, file);
    for (const nested of message.nestedMessages) this.addMessage(nested, file);
  }
}

/** A file after all that it imports. */
function filesOf(file: DescFile | undefined, what: string): Reply {
  if (file === undefined) return notFound(what);
  const found = new Map<string, Uint8Array>();
  const visit = (next: DescFile): void => {
    if (found.has(next.proto.name)) return;
    for (const dependency of next.dependencies) visit(dependency);
    found.set(next.proto.name, toBinary(FileDescriptorProtoSchema, next.proto));
  };
  visit(file);
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: [...found.values()] } };
}

function notFound(what: string): Reply {
  return {
    case: 'errorResponse',
    value: { errorCode: grpcStatus.NOT_FOUND, errorMessage: `unknown ${what}` },
  };
}
