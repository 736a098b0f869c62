import type { LoadRun } from '../run-load.ts';
import { countedRows } from '../summary.ts';
import { recordColumns } from './columns.ts';
import type { RunFacts, RunHeader } from './run-header.ts';

/**
 * Every counted request as CSV: moments in ms from the end of the warm-up, six digits. The last column holds in the first row a JSON
 * with the rest of the run, so that `readRecords` can put it beside others.
 */
export function* csvOf(
  run: LoadRun,
  itemsOf: (payload: number) => number,
  facts: RunFacts,
): Generator<string> {
  yield `${recordColumns.join(',')}\n`;
  let last = `"${JSON.stringify(headerOf(run, facts)).replaceAll('"', '""')}"`;
  const from = run.countFromMs;
  const ms = (value: number): string => (Number.isNaN(value) ? '' : value.toFixed(6));
  for (const { dueMs, sentMs, endMs, outcome, payload } of countedRows(run)) {
    yield `${[dueMs - from, sentMs - from, endMs - from, endMs - dueMs].map(ms).join(',')},${outcome},${payload},${itemsOf(payload)},${last}\n`;
    last = '';
  }
}

function headerOf(run: LoadRun, facts: RunFacts): RunHeader {
  return {
    format: 1,
    ...facts,
    countedFrom: new Date(run.startedAt.getTime() + run.countFromMs).toISOString(),
    interrupted: run.interrupted,
    refusedWithRetryAfter: run.recorder.retryAfter,
    waitedForConnection: run.waitedForConnection,
    busyShare: run.busyShare,
    eventLoopDelayP99Ms: run.eventLoopDelayP99Ms,
    errors: [...run.recorder.kinds.values()],
  };
}
