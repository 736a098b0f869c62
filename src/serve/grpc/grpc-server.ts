import { file_grpc_service } from '../generated/grpc_service_pb.ts';
import { file_grpc_health_v1_health } from '../generated/health_pb.ts';
import { file_grpc_reflection_v1_reflection } from '../generated/reflection_v1_pb.ts';
import { file_grpc_reflection_v1alpha_reflection } from '../generated/reflection_v1alpha_pb.ts';
import type { ServeCore } from '../types.ts';
import { GrpcContext } from './context.ts';
import { createDoor } from './door.ts';
import { healthService } from './health-service.ts';
import { inferenceMethods } from './inference-service.ts';
import { managementMethods } from './management-service.ts';
import { MethodTable, startCall } from './methods.ts';
import { type GrpcOptions, resolveGrpcOptions } from './options.ts';
import { reflectionService } from './reflection-service.ts';
import { sharedMemoryMethods } from './shared-memory-service.ts';
import { type Call, ending, grpcStatus, type Listener, listenHttp2 } from './transport/index.ts';

/** The gRPC listener, from its start to its end. */
export class GrpcServer {
  /** The port that it listens on. */
  readonly port: number;
  private readonly context: GrpcContext;
  private readonly listener: Listener;

  private constructor(context: GrpcContext, listener: Listener) {
    this.context = context;
    this.listener = listener;
    this.port = listener.port;
  }

  /** Listens. Throws `machine` where the port is taken or may not be used, `usage` where the certificate is wrong. */
  static async listen(core: ServeCore, given: GrpcOptions = {}): Promise<GrpcServer> {
    const options = resolveGrpcOptions(given);
    const context = new GrpcContext(core, options);
    return new GrpcServer(context, await listenHttp2(options, receiver(context)));
  }

  /**
   * Refuses new calls, answers those under way, and closes; after `graceMs` it closes all the same. Health says NOT_SERVING from the
   * start.
   */
  async close(graceMs: number): Promise<void> {
    this.context.drain();
    await this.listener.close(graceMs);
  }
}

/** What is done with each call that comes. */
function receiver(context: GrpcContext): (call: Call) => void {
  const methods = methodsOf(context);
  const door = createDoor(context);
  return (call) => {
    const handler = methods.find(call.path);
    if (handler === undefined) {
      call.end(ending(grpcStatus.UNIMPLEMENTED, `there is no method ${call.path.slice(0, 200)}`));
      return;
    }
    const refusal = door(call);
    if (refusal === null) startCall(context, handler, call);
    else call.end(refusal);
  };
}

function methodsOf(context: GrpcContext): MethodTable {
  const table = new MethodTable();
  table.add('inference.GRPCInferenceService', {
    ...inferenceMethods(context),
    ...sharedMemoryMethods(context),
    ...managementMethods(context),
  });
  table.add('grpc.health.v1.Health', healthService(context));
  const reflection = reflectionService(context, [
    file_grpc_service,
    file_grpc_health_v1_health,
    file_grpc_reflection_v1_reflection,
    file_grpc_reflection_v1alpha_reflection,
  ]);
  table.add('grpc.reflection.v1.ServerReflection', reflection);
  table.add('grpc.reflection.v1alpha.ServerReflection', reflection);
  return table;
}
