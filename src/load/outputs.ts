import { build, HistogramLogWriter } from 'hdr-histogram-js';
import { microseconds } from './microseconds.ts';
import { recordColumns } from './records/columns.ts';
import type { RunFacts, RunHeader } from './records/run-header.ts';
import type { LoadRun } from './run-load.ts';
import { countedRows, isAnswer } from './summary.ts';

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

/** Latencies of the answers in µs as an HdrHistogram log, one histogram for each second in which answers came. */
export function hdrLogOf(run: LoadRun): string {
  const lines: string[] = [];
  const writer = new HistogramLogWriter((text) => lines.push(text));
  const countedAt = run.startedAt.getTime() + run.countFromMs;
  writer.outputLogFormatVersion();
  writer.outputComment('[latency of every answer in microseconds]');
  writer.outputStartTime(countedAt);
  writer.outputLegend();
  const bySecond = new Map<number, number[]>();
  for (const { dueMs, endMs, outcome } of countedRows(run)) {
    if (!isAnswer(outcome)) continue;
    const second = Math.floor((endMs - run.countFromMs) / 1000);
    const known = bySecond.get(second);
    if (known === undefined) bySecond.set(second, [endMs - dueMs]);
    else known.push(endMs - dueMs);
  }
  for (const [second, latencies] of [...bySecond].toSorted(([a], [b]) => a - b)) {
    const histogram = build({ highestTrackableValue: 2 ** 40, numberOfSignificantValueDigits: 3 });
    for (const latency of latencies) histogram.recordValue(microseconds(latency));
    writer.outputIntervalHistogram(histogram, second, second + 1, 1000);
  }
  return lines.join('');
}
