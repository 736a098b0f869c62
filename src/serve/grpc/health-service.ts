import { create } from '@bufbuild/protobuf';
import { ThinferError } from '../../errors.ts';
import {
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
  HealthListRequestSchema,
  HealthListResponseSchema,
} from '../generated/health_pb.ts';
import { idOf } from './call-record.ts';
import type { GrpcContext } from './context.ts';
import { decodeSmall, encode, type ServiceMethods, unary } from './methods.ts';
import { type Call, ending, grpcStatus } from './transport/index.ts';

/** The whole server, and the service that infers; they are well together. */
const services = ['', 'inference.GRPCInferenceService'];

/** How often watchers look; the core tells nobody of changes. */
const watchMs = 250;

/** `grpc.health.v1.Health`. */
export function healthService(context: GrpcContext): ServiceMethods {
  const now = (): HealthCheckResponse_ServingStatus =>
    context.ready ? HealthCheckResponse_ServingStatus.SERVING : HealthCheckResponse_ServingStatus.NOT_SERVING;
  const response = () => create(HealthCheckResponseSchema, { status: now() });
  return {
    Check: unary(context, [HealthCheckRequestSchema, HealthCheckResponseSchema], ({ service }) => {
      if (services.includes(service)) return response();
      throw new ThinferError('not-found', `unknown service '${service.slice(0, 80)}'`, {
        remedy: `known are "" and "${services[1]}"`,
      });
    }),
    List: unary(context, [HealthListRequestSchema, HealthListResponseSchema], () =>
      create(HealthListResponseSchema, {
        statuses: Object.fromEntries(services.map((name) => [name, response()])),
      }),
    ),
    Watch: {
      takes: 'one',
      handle: (call, request) => {
        const look = (service: string) => (services.includes(service) ? now() : null);
        watch(context, call, request, look);
      },
    },
  };
}

/** Sends the status at once and whenever it has changed, until the client leaves or the server shuts down. */
function watch(
  context: GrpcContext,
  call: Call,
  request: Buffer,
  look: (service: string) => HealthCheckResponse_ServingStatus | null,
): void {
  let service: string;
  try {
    ({ service } = decodeSmall(HealthCheckRequestSchema, request));
  } catch (thrown) {
    call.end(context.failure(thrown, call.path, idOf(call)));
    return;
  }
  let last: HealthCheckResponse_ServingStatus | undefined;
  const send = (): void => {
    const found = look(service) ?? HealthCheckResponse_ServingStatus.SERVICE_UNKNOWN;
    // A client that does not read misses what is old.
    if (found === last || call.blocked) return;
    last = found;
    call.write(encode(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status: found })));
  };
  const timer = setInterval(send, watchMs).unref();
  const stop = (): void => {
    clearInterval(timer);
    takeOff();
  };
  const takeOff = context.onDrain(() => {
    send();
    stop();
    call.end(ending(grpcStatus.UNAVAILABLE, 'the server is shutting down'));
  });
  call.onCancel = stop;
  send();
}
