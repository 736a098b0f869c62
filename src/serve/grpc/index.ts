export { GrpcServer } from './grpc-server.ts';
export type { ManagementHooks, ModelEntry } from './hooks.ts';
export type { GrpcOptions } from './options.ts';
