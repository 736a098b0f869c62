import { build, HistogramLogWriter } from 'hdr-histogram-js';
import { microseconds } from './microseconds.ts';
import type { LoadRun } from './run-load.ts';
import { countedRows, isAnswer } from './summary.ts';

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
