import { create } from '@bufbuild/protobuf';
import { ThinferError } from '../../errors.ts';
import * as pb from '../generated/grpc_service_pb.ts';
import type { RegionStatus, SharedMemory } from '../oip/shared-memory.ts';
import type { GrpcContext } from './context.ts';
import { type ServiceMethods, unary } from './methods.ts';
import { noSharedMemory } from './shared-memory.ts';

/** The methods of `inference.GRPCInferenceService` around shared memory. Those of CUDA are there to refuse it. */
export function sharedMemoryMethods(context: GrpcContext): ServiceMethods {
  return { ...systemMethods(context), ...cudaMethods(context) };
}

function systemMethods(context: GrpcContext): ServiceMethods {
  const { sharedMemory } = context.options;
  return {
    SystemSharedMemoryStatus: unary(
      context,
      [pb.SystemSharedMemoryStatusRequestSchema, pb.SystemSharedMemoryStatusResponseSchema],
      ({ name }) => {
        const regions = Object.fromEntries(
          statusOf(sharedMemory, name).map((region) => [region.name, messageOf(region)]),
        );
        return create(pb.SystemSharedMemoryStatusResponseSchema, { regions });
      },
    ),
    SystemSharedMemoryRegister: unary(
      context,
      [pb.SystemSharedMemoryRegisterRequestSchema, pb.SystemSharedMemoryRegisterResponseSchema],
      ({ name, key, offset, byteSize }) => {
        if (sharedMemory === undefined) throw noSharedMemory();
        sharedMemory.register(name, key, sizeOf('offset', offset), sizeOf('byte_size', byteSize));
        return create(pb.SystemSharedMemoryRegisterResponseSchema);
      },
    ),
    SystemSharedMemoryUnregister: unary(
      context,
      [pb.SystemSharedMemoryUnregisterRequestSchema, pb.SystemSharedMemoryUnregisterResponseSchema],
      ({ name }) => {
        // As in Triton, to let go of what was never held is no error.
        if (name === '') sharedMemory?.unregisterAll();
        else sharedMemory?.unregister(name);
        return create(pb.SystemSharedMemoryUnregisterResponseSchema);
      },
    ),
  };
}

/** Clients ask for all regions before they use any: without shared memory there are none. */
function statusOf(sharedMemory: SharedMemory | undefined, name: string): readonly RegionStatus[] {
  if (name === '') return sharedMemory?.status() ?? [];
  if (sharedMemory !== undefined) return sharedMemory.status(name);
  throw new ThinferError('not-found', `Unable to find system shared memory region: '${name.slice(0, 80)}'`);
}

function messageOf({ name, key, offset, byte_size: bytes }: RegionStatus) {
  return { name, key, offset: BigInt(offset), byteSize: BigInt(bytes) };
}

function sizeOf(name: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ThinferError('request-invalid', `'${name}' is ${value}, which is beyond any memory`);
  return Number(value);
}

function cudaMethods(context: GrpcContext): ServiceMethods {
  const refuse = (): never => {
    throw new ThinferError('request-invalid', 'CUDA shared memory is not supported: models run on CPUs');
  };
  return {
    CudaSharedMemoryStatus: unary(
      context,
      [pb.CudaSharedMemoryStatusRequestSchema, pb.CudaSharedMemoryStatusResponseSchema],
      ({ name }) => (name === '' ? create(pb.CudaSharedMemoryStatusResponseSchema) : refuse()),
    ),
    CudaSharedMemoryRegister: unary(
      context,
      [pb.CudaSharedMemoryRegisterRequestSchema, pb.CudaSharedMemoryRegisterResponseSchema],
      refuse,
    ),
    CudaSharedMemoryUnregister: unary(
      context,
      [pb.CudaSharedMemoryUnregisterRequestSchema, pb.CudaSharedMemoryUnregisterResponseSchema],
      () => create(pb.CudaSharedMemoryUnregisterResponseSchema),
    ),
  };
}
