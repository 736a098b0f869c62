import { create, fromJson, type JsonValue } from '@bufbuild/protobuf';
import { ThinferError } from '../../errors.ts';
import * as pb from '../generated/grpc_service_pb.ts';
import { ModelConfigSchema } from '../generated/model_config_pb.ts';
import { modelConfig } from '../oip/config.ts';
import { modelMetadata, serverMetadata } from '../oip/metadata.ts';
import { modelStatistics } from '../oip/statistics.ts';
import type { ModelView } from '../types.ts';
import type { GrpcContext } from './context.ts';
import { modelStreamInfer } from './infer-stream.ts';
import { modelInfer } from './infer-unary.ts';
import { type ServiceMethods, unary } from './methods.ts';

/** The methods of `inference.GRPCInferenceService` that anyone who may infer may call. */
export function inferenceMethods(context: GrpcContext): ServiceMethods {
  const { core } = context;
  return {
    ServerLive: unary(context, [pb.ServerLiveRequestSchema, pb.ServerLiveResponseSchema], () =>
      create(pb.ServerLiveResponseSchema, { live: true }),
    ),
    ServerReady: unary(context, [pb.ServerReadyRequestSchema, pb.ServerReadyResponseSchema], () =>
      create(pb.ServerReadyResponseSchema, { ready: context.ready }),
    ),
    ModelReady: unary(context, [pb.ModelReadyRequestSchema, pb.ModelReadyResponseSchema], (request) =>
      create(pb.ModelReadyResponseSchema, { ready: isReady(context, request.name, request.version) }),
    ),
    ServerMetadata: unary(context, [pb.ServerMetadataRequestSchema, pb.ServerMetadataResponseSchema], () => {
      const { name, version, extensions } = serverMetadata(core, context.options.sharedMemory !== undefined);
      return create(pb.ServerMetadataResponseSchema, { name, version, extensions: [...extensions] });
    }),
    ModelMetadata: unary(
      context,
      [pb.ModelMetadataRequestSchema, pb.ModelMetadataResponseSchema],
      (request) =>
        fromJson(pb.ModelMetadataResponseSchema, plain(modelMetadata(core, viewOf(context, request)))),
    ),
    ModelConfig: unary(context, [pb.ModelConfigRequestSchema, pb.ModelConfigResponseSchema], (request) => {
      const config = fromJson(ModelConfigSchema, plain(modelConfig(viewOf(context, request))));
      return create(pb.ModelConfigResponseSchema, { config });
    }),
    ModelStatistics: unary(
      context,
      [pb.ModelStatisticsRequestSchema, pb.ModelStatisticsResponseSchema],
      (request) => {
        const views = request.name === '' ? core.models : [viewOf(context, request)];
        const modelStats = views.map((view) =>
          fromJson(pb.ModelStatisticsSchema, plain(modelStatistics(view))),
        );
        return create(pb.ModelStatisticsResponseSchema, { modelStats });
      },
    ),
    ModelInfer: modelInfer(context),
    ModelStreamInfer: modelStreamInfer(context),
  };
}

/** The objects of `oip` are written as protobuf's JSON. */
function plain(value: object): JsonValue {
  return value as JsonValue;
}

function viewOf(
  { core }: GrpcContext,
  request: { readonly name: string; readonly version: string },
): ModelView {
  return core.model(request.name, request.version === '' ? undefined : request.version);
}

/** As Triton: of a model that is not there too, the answer is no. */
function isReady(context: GrpcContext, name: string, version: string): boolean {
  try {
    return !context.draining && viewOf(context, { name, version }).ready;
  } catch (thrown) {
    if (ThinferError.from(thrown).code === 'not-found') return false;
    throw thrown;
  }
}
