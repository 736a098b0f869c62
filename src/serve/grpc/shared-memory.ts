import { ThinferError } from '../../errors.ts';
import type { SharedMemory } from '../oip/shared-memory.ts';
import type { WireParameters } from './decode-infer-request.ts';

/** A part of a region of shared memory. */
export interface RegionPart {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

/** The error of a server without shared memory. */
export function noSharedMemory(): ThinferError {
  return new ThinferError('request-invalid', 'shared memory is not available on this server', {
    remedy: 'send tensors in raw_input_contents',
  });
}

/** Where a tensor's parameters say that it lies; null: not in shared memory. Throws `request-invalid`. */
export function readRegion(
  tensor: string,
  parameters: WireParameters,
  memory: SharedMemory | undefined,
): RegionPart | null {
  const name = parameters.get('shared_memory_region');
  const size = parameters.get('shared_memory_byte_size');
  if (name === undefined && size === undefined) return null;
  if (memory === undefined) throw noSharedMemory();
  if (typeof name !== 'string') throw incomplete(tensor, 'shared_memory_region', 'shared_memory_byte_size');
  if (!isSize(size)) throw incomplete(tensor, 'shared_memory_byte_size', 'shared_memory_region');
  const offset = parameters.get('shared_memory_offset') ?? 0;
  if (!isSize(offset))
    throw new ThinferError(
      'request-invalid',
      `'shared_memory_offset' of tensor '${tensor}' must be 0 or more`,
    );
  return { name, offset, bytes: size };
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function incomplete(tensor: string, missing: string, given: string): ThinferError {
  return new ThinferError(
    'request-invalid',
    `'${missing}' must be specified along with '${given}' parameter for tensor '${tensor}'`,
  );
}
