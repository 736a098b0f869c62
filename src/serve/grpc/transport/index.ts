export { Call, type Outgoing } from './call.ts';
export { type Listener, listenHttp2, type TransportOptions } from './listen.ts';
export { type Ending, ending, type GrpcStatus, grpcStatus, type Metadata } from './status-code.ts';
