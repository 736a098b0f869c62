import type { Logger } from 'pino';
import type { RequestRecord } from './request-record.ts';

/** Which requests are logged. */
export interface RequestLogOptions {
  readonly log: Logger;
  /** Every one, at level `info`. */
  readonly all: boolean;
  /** Those that took longer, or went wrong, are logged at level `debug` where not all are. */
  readonly slowMs: number;
}

/** What logs requests; null: none is to be logged. */
export function requestLog({
  log,
  all,
  slowMs,
}: RequestLogOptions): ((record: RequestRecord) => void) | null {
  if (all && log.isLevelEnabled('info')) return (record) => log.info(lineOf(record), 'request');
  if (!log.isLevelEnabled('debug')) return null;
  return (record) => {
    if (record.error !== null) log.debug(lineOf(record), 'request failed');
    else if (record.ms > slowMs) log.debug(lineOf(record), 'request was slow');
  };
}

/** A bug's own words are in its own line. */
function lineOf({ id, shown, ms, error, inference }: RequestRecord): object {
  return {
    id,
    ...shown,
    ms: rounded(ms),
    ...(error === null
      ? {}
      : { code: error.code, error: error.code === 'bug' ? 'bug' : short(error.message) }),
    ...(inference === null ? {} : inferenceOf(inference)),
  };
}

function inferenceOf({ model, version, timing }: NonNullable<RequestRecord['inference']>): object {
  const { queueMs, inferMs, batches } = timing;
  return {
    ...{ model, version, queueMs: rounded(queueMs), inferMs: rounded(inferMs) },
    items: batches.reduce((sum, { ownItems }) => sum + ownItems, 0),
    batch: batches.reduce((most, { items }) => Math.max(most, items), 0),
    instances: [...new Set(batches.map(({ instance }) => instance))].slice(0, 16),
  };
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
const short = (text: string): string => text.slice(0, 300);
