import { type ErrorDetail, ThinferError } from '../../errors.ts';
import type { AccessClass, Doorkeeper } from '../doorkeeper.ts';

const service = '/inference.GRPCInferenceService/';

/** Every method that is answered, by path. A method that is not here can't be registered. */
const accessByMethod: Readonly<Record<string, AccessClass>> = {
  [`${service}ServerLive`]: 'health',
  [`${service}ServerReady`]: 'health',
  [`${service}ModelReady`]: 'health',
  '/grpc.health.v1.Health/Check': 'health',
  '/grpc.health.v1.Health/List': 'health',
  '/grpc.health.v1.Health/Watch': 'health',
  [`${service}ServerMetadata`]: 'inference',
  [`${service}ModelMetadata`]: 'inference',
  [`${service}ModelInfer`]: 'inference',
  [`${service}ModelStreamInfer`]: 'inference',
  [`${service}ModelConfig`]: 'inference',
  [`${service}ModelStatistics`]: 'inference',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo': 'inference',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': 'inference',
  [`${service}RepositoryIndex`]: 'management',
  [`${service}RepositoryModelLoad`]: 'management',
  [`${service}RepositoryModelUnload`]: 'management',
  [`${service}SystemSharedMemoryStatus`]: 'inference',
  [`${service}SystemSharedMemoryRegister`]: 'inference',
  [`${service}SystemSharedMemoryUnregister`]: 'inference',
  [`${service}CudaSharedMemoryStatus`]: 'inference',
  [`${service}CudaSharedMemoryRegister`]: 'inference',
  [`${service}CudaSharedMemoryUnregister`]: 'inference',
  [`${service}TraceSetting`]: 'management',
  [`${service}LogSettings`]: 'management',
};

/** The class of a method; undefined for one that is not answered. */
export function accessOf(path: string): AccessClass | undefined {
  return Object.hasOwn(accessByMethod, path) ? accessByMethod[path] : undefined;
}

/**
 * Throws `denied` unless `authorization`, the metadata's value, opens the method; the status is UNAUTHENTICATED where there is no
 * token and PERMISSION_DENIED otherwise.
 */
export function authorise(doorkeeper: Doorkeeper, path: string, authorization: string | undefined): void {
  const method = path.slice(1, 200);
  switch (doorkeeper.judge(accessOf(path), authorization)) {
    case 'allowed':
      return;
    case 'closed':
      throw new Denial('another', `${method} is a call that this server lets nobody make`, {
        remedy: 'start it with a management token',
      });
    case 'no-token':
      throw new Denial('none', `${method} needs a token`, {
        remedy: 'send it as metadata "authorization: Bearer TOKEN"',
      });
    case 'wrong-token':
      throw new Denial('another', `the token does not open ${method}`);
  }
}

/** A call that may not be made. */
export class Denial extends ThinferError {
  /** What token came with it. */
  readonly token: 'none' | 'another';

  constructor(token: 'none' | 'another', message: string, detail: ErrorDetail = {}) {
    super('denied', message, detail);
    this.token = token;
  }
}
