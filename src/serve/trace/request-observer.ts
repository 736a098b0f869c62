import type { Logger } from 'pino';
import type { GrpcAnswered } from '../grpc/call-record.ts';
import type { Answered } from '../http/index.ts';
import { requestLog } from './request-log.ts';
import { type RequestRecord, recordOfGrpc, recordOfHttp } from './request-record.ts';

/** What is to be seen of single requests. */
export interface ObserverOptions {
  readonly log: Logger;
  /** A line for each. */
  readonly logRequests: boolean;
  /** Longer ones are slow. */
  readonly slowMs: number;
  /** Empty: no traces. */
  readonly tracesTo: string;
  /** Share of requests that are traced. */
  readonly sample: number;
  readonly version: string;
}

/** Sees every request that is over. */
export interface RequestObserver {
  readonly http: (answered: Answered) => void;
  readonly grpc: (answered: GrpcAnswered) => void;
  /** Sends what waits to be sent. */
  close(): Promise<void>;
}

/** Sees to logs and traces of requests; null where neither is wanted, so that requests are told to nobody. */
export async function observeRequests(options: ObserverOptions): Promise<RequestObserver | null> {
  const { log, logRequests, slowMs } = options;
  const write = requestLog({ log, all: logRequests, slowMs });
  const tracing = options.tracesTo === '' ? null : await openTracing(options);
  if (write === null && tracing === null) return null;
  // What goes wrong here is no business of the request, which is being answered.
  const see = (record: RequestRecord): void => {
    try {
      write?.(record);
      tracing?.record(record);
    } catch (error) {
      log.error({ err: error, id: record.id }, 'bug');
    }
  };
  return {
    http: (answered) => see(recordOfHttp(answered)),
    grpc: (answered) => see(recordOfGrpc(answered)),
    close: async () => tracing?.close(),
  };
}

/** The libraries are loaded where they are needed alone. */
async function openTracing({ tracesTo, sample, version, log }: ObserverOptions) {
  const { Tracing } = await import('./tracing.ts');
  const { origin, pathname } = new URL(tracesTo);
  const endpoint = `${origin}${pathname}`;
  return new Tracing({
    ...{ endpoint: tracesTo, sample, version },
    onDelivery: (error) => {
      if (error === null) log.info({ endpoint }, 'traces are delivered again');
      else
        log.warn(
          { endpoint, error: error.message.slice(0, 300) },
          'traces can’t be delivered; they are dropped',
        );
    },
  });
}
