import { once } from 'node:events';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { type ConnectionInjector, Server, ServerCredentials } from '@grpc/grpc-js';
import { ThinferError } from '../../errors.ts';
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
import { registerService } from './methods.ts';
import { type GrpcOptions, type ResolvedGrpcOptions, resolveGrpcOptions } from './options.ts';
import { reflectionService } from './reflection-service.ts';
import { sharedMemoryMethods } from './shared-memory-service.ts';

/** The gRPC listener, from its start to its end. */
export class GrpcServer {
  /** The port that it listens on. */
  readonly port: number;
  private readonly context: GrpcContext;
  private readonly listener: NetServer;
  private readonly server: Server;
  private readonly sockets: ReadonlySet<Socket>;

  private constructor(
    context: GrpcContext,
    listener: NetServer,
    server: Server,
    sockets: ReadonlySet<Socket>,
  ) {
    this.context = context;
    this.listener = listener;
    this.server = server;
    this.sockets = sockets;
    this.port = (listener.address() as AddressInfo).port;
  }

  /** Listens. Throws `machine` where the port is taken or may not be used, `usage` where the certificate is wrong. */
  static async listen(core: ServeCore, given: GrpcOptions = {}): Promise<GrpcServer> {
    const options = resolveGrpcOptions(given);
    const context = new GrpcContext(core, options);
    const server = createGrpcServer(context);
    // grpc-js can't limit its connections: they are accepted here.
    const injector = createInjector(server, options);
    const sockets = new Set<Socket>();
    const listener = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      closeUnlessHttp2(socket, options.handshakeMs);
      injector.injectConnection(socket);
    });
    listener.maxConnections = options.maxConnections;
    await listen(listener, options);
    return new GrpcServer(context, listener, server, sockets);
  }

  /**
   * Refuses new calls, answers those under way, and closes; after `graceMs` it closes all the same. Health says NOT_SERVING from the
   * start.
   */
  async close(graceMs: number): Promise<void> {
    this.context.drain();
    this.listener.close();
    // It tells clients to go; it is no sign of the end, for it takes a connection that closes for one that is closed.
    this.server.tryShutdown(() => {});
    const closed = [...this.sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    const timer = setTimeout(() => this.force(), graceMs);
    await Promise.all(closed);
    clearTimeout(timer);
    this.force();
  }

  private force(): void {
    this.server.forceShutdown();
    for (const socket of this.sockets) socket.destroy();
  }
}

function createGrpcServer(context: GrpcContext): Server {
  const { options } = context;
  const server = new Server({
    interceptors: [createDoor(context)],
    'grpc.max_receive_message_length': options.maxMessageBytes,
    // An answer is as large as the model makes it.
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': options.maxConcurrentStreams,
    'grpc.max_connection_idle_ms': options.idleMs,
    'grpc.keepalive_time_ms': options.keepaliveMs,
    'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMs,
    // It counts every message of every call, for a service that isn't there.
    'grpc.enable_channelz': 0,
  });
  registerService(server, 'inference.GRPCInferenceService', {
    ...inferenceMethods(context),
    ...sharedMemoryMethods(context),
    ...managementMethods(context),
  });
  registerService(server, 'grpc.health.v1.Health', healthService(context));
  const reflection = reflectionService(context, [
    file_grpc_service,
    file_grpc_health_v1_health,
    file_grpc_reflection_v1_reflection,
    file_grpc_reflection_v1alpha_reflection,
  ]);
  registerService(server, 'grpc.reflection.v1.ServerReflection', reflection);
  registerService(server, 'grpc.reflection.v1alpha.ServerReflection', reflection);
  return server;
}

function createInjector(server: Server, options: ResolvedGrpcOptions): ConnectionInjector {
  try {
    return server.createConnectionInjector(credentialsOf(options));
  } catch (cause) {
    throw new ThinferError(
      'usage',
      `the certificate or key of gRPC can't be used: ${(cause as Error).message}`,
      { cause, remedy: 'give both as PEM' },
    );
  }
}

function credentialsOf({ tls }: ResolvedGrpcOptions): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: tls.certificate, private_key: tls.key };
  return ServerCredentials.createSsl(tls.clientCa ?? null, [pair], tls.clientCa !== undefined);
}

/** A client that connects and says nothing holds a place; HTTP/2 begins with the client. */
function closeUnlessHttp2(socket: Socket, handshakeMs: number): void {
  const timer = setTimeout(() => {
    if (socket.bytesRead === 0) socket.destroy();
  }, handshakeMs).unref();
  socket.once('close', () => clearTimeout(timer));
}

async function listen(listener: NetServer, { host, port }: ResolvedGrpcOptions): Promise<void> {
  listener.listen({ host, port });
  try {
    await once(listener, 'listening');
  } catch (cause) {
    throw new ThinferError('machine', `gRPC can't listen on ${host}:${port}: ${(cause as Error).message}`, {
      cause,
      remedy: 'choose another port, or 0 for any that is free',
    });
  }
}
