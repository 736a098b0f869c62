import {
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  type StatusObject,
} from '@grpc/grpc-js';
import { ThinferError } from '../../errors.ts';
import { Doorkeeper } from '../doorkeeper.ts';
import { accessOf, authorise } from './access.ts';
import { CallRecord } from './call-record.ts';
import type { GrpcContext } from './context.ts';

/**
 * The one place that lets calls in, before their first message is read. A call that needs no look at its metadata passes as it is:
 * an interceptor costs some 10 µs.
 */
export function createDoor(context: GrpcContext): ServerInterceptor {
  const doorkeeper = new Doorkeeper(context.options.tokens);
  return ({ path }, call) => {
    const access = accessOf(path);
    const closed = context.draining && access !== 'health';
    // The types ask for the class, but all that grpc-js uses is the interface.
    if (!closed && doorkeeper.isOpen(access)) return call as ServerInterceptingCall;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next(
          new ServerListenerBuilder()
            .withOnReceiveMetadata((metadata, proceed) => {
              const authorization = metadata.get('authorization')[0]?.toString();
              const seen = { metadata, getPath: () => path, getPeer: () => call.getPeer() };
              const refusal = refusalOf(new CallRecord(context, seen), () => {
                if (closed) throw new ThinferError('unavailable', 'the server is shutting down');
                authorise(doorkeeper, path, authorization);
              });
              if (refusal === null) proceed(metadata);
              else call.sendStatus(refusal);
            })
            .build(),
        ),
    });
  };
}

function refusalOf(record: CallRecord, check: () => void): StatusObject | null {
  try {
    check();
    return null;
  } catch (thrown) {
    return record.failed(thrown);
  }
}
