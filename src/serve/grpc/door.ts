import { ThinferError } from '../../errors.ts';
import { Doorkeeper } from '../doorkeeper.ts';
import { accessOf, authorise } from './access.ts';
import { CallRecord } from './call-record.ts';
import type { GrpcContext } from './context.ts';
import type { Call, Ending } from './transport/index.ts';

/** How a call ends that is not let in; null: it may come in. */
export type Door = (call: Call) => Ending | null;

/** The one place that lets calls in, before their first message is read. */
export function createDoor(context: GrpcContext): Door {
  const doorkeeper = new Doorkeeper(context.options.tokens);
  return (call) => {
    const access = accessOf(call.path);
    const closed = context.draining && access !== 'health';
    if (!closed && doorkeeper.isOpen(access)) return null;
    try {
      if (closed) throw new ThinferError('unavailable', 'the server is shutting down');
      authorise(doorkeeper, call.path, call.header('authorization'));
      return null;
    } catch (thrown) {
      return new CallRecord(context, call).failed(thrown);
    }
  };
}
