import { create } from '@bufbuild/protobuf';
import { ThinferError } from '../../errors.ts';
import * as pb from '../generated/grpc_service_pb.ts';
import type { GrpcContext } from './context.ts';
import type { ModelEntry } from './hooks.ts';
import { type ServiceMethods, unary } from './methods.ts';

/** The methods of `inference.GRPCInferenceService` that need the management token. */
export function managementMethods(context: GrpcContext): ServiceMethods {
  return { ...repositoryMethods(context), ...settingMethods(context) };
}

function repositoryMethods(context: GrpcContext): ServiceMethods {
  const { index, load, unload } = context.options.management ?? {};
  return {
    RepositoryIndex: unary(
      context,
      [pb.RepositoryIndexRequestSchema, pb.RepositoryIndexResponseSchema],
      async (request) => {
        checkRepository(request.repositoryName);
        const entries = await (index === undefined ? servedEntries(context) : index());
        const models = entries.filter(({ state }) => !request.ready || state === 'READY');
        return create(pb.RepositoryIndexResponseSchema, { models: models.map(messageOf) });
      },
    ),
    RepositoryModelLoad: unary(
      context,
      [pb.RepositoryModelLoadRequestSchema, pb.RepositoryModelLoadResponseSchema],
      async (request) => {
        checkRepository(request.repositoryName);
        if (Object.keys(request.parameters).length > 0)
          throw new ThinferError('request-invalid', 'parameters of a load are not supported');
        await allowed(load)(request.modelName);
        return create(pb.RepositoryModelLoadResponseSchema);
      },
    ),
    RepositoryModelUnload: unary(
      context,
      [pb.RepositoryModelUnloadRequestSchema, pb.RepositoryModelUnloadResponseSchema],
      async (request) => {
        checkRepository(request.repositoryName);
        await allowed(unload)(request.modelName);
        return create(pb.RepositoryModelUnloadResponseSchema);
      },
    ),
  };
}

function servedEntries({ core }: GrpcContext): ModelEntry[] {
  return core.models.map(({ name, version, ready }) => ({
    name,
    version,
    state: ready ? 'READY' : 'UNAVAILABLE',
    reason: ready ? '' : 'no instance of it can answer',
  }));
}

function messageOf({ name, version = '', state = '', reason = '' }: ModelEntry) {
  return { name, version, state, reason };
}

function checkRepository(name: string): void {
  if (name !== '')
    throw new ThinferError('request-invalid', "'repository_name' specification is not supported");
}

function allowed(action: ((model: string) => Promise<void>) | undefined): (model: string) => Promise<void> {
  if (action === undefined)
    throw new ThinferError('unavailable', 'explicit model load / unload is not allowed on this server');
  return action;
}

/** What Triton calls tracing and logging is fixed here when the server starts; it is told in Triton's words. */
function settingMethods(context: GrpcContext): ServiceMethods {
  return {
    TraceSetting: unary(context, [pb.TraceSettingRequestSchema, pb.TraceSettingResponseSchema], (request) => {
      refuseSettings('trace', Object.keys(request.settings));
      if (request.modelName !== '') context.core.model(request.modelName);
      return create(pb.TraceSettingResponseSchema, { settings: { trace_level: { value: ['OFF'] } } });
    }),
    LogSettings: unary(context, [pb.LogSettingsRequestSchema, pb.LogSettingsResponseSchema], (request) => {
      refuseSettings('log', Object.keys(request.settings));
      const on = { parameterChoice: { case: 'boolParam', value: true } } as const;
      return create(pb.LogSettingsResponseSchema, {
        settings: { log_info: on, log_warning: on, log_error: on },
      });
    }),
  };
}

function refuseSettings(what: string, names: readonly string[]): void {
  if (names.length === 0) return;
  throw new ThinferError(
    'request-invalid',
    `${what} settings can't be changed while the server runs, got '${names[0]!.slice(0, 80)}'`,
  );
}
