import type { LoadSummary } from '../summary.ts';
import type { Threshold } from '../thresholds.ts';
import { judgeRun, type LoadVerdict } from '../verdict.ts';
import type { MergedPart, MergedRun } from './merge-runs.ts';

/** Generators that ran side by side for less than this share of the time from the first's begin to the last's end are told of. */
const leastOverlap = 0.9;

/** Judges a merged run: each generator by its own requests, the server by all together. */
export function judgeMerged(
  { run, open, parts }: MergedRun,
  summary: LoadSummary,
  thresholds: readonly Threshold[],
): LoadVerdict {
  const verdict = judgeRun(run, summary, thresholds, { open });
  const behind = parts.filter((part) => !part.verdict.generatorKeptUp).map(({ file }) => file);
  return {
    ...verdict,
    generatorKeptUp: behind.length === 0 && verdict.generatorKeptUp,
    notes: [
      ...(behind.length > 0 ? [`Of the generators these could not keep up: ${behind.join(', ')}.`] : []),
      ...verdict.notes,
      ...overlapNote(parts),
      ...(parts.length > 1
        ? [
            'Times of different generators are compared by their machines’ wall clocks, which is right to what those clocks differ by; latencies are by one clock each.',
          ]
        : []),
    ],
  };
}

function overlapNote(parts: readonly MergedPart[]): string[] {
  const spans = parts.map(({ header, summary }) => {
    const from = Date.parse(header.countedFrom);
    return { from, to: from + summary.windowMs };
  });
  const allMs = Math.max(...spans.map(({ to }) => to)) - Math.min(...spans.map(({ from }) => from));
  const bothMs = Math.max(
    0,
    Math.min(...spans.map(({ to }) => to)) - Math.max(...spans.map(({ from }) => from)),
  );
  if (bothMs >= leastOverlap * allMs) return [];
  return [
    `All generators ran side by side for ${(bothMs / 1000).toFixed(1)} of ${(allMs / 1000).toFixed(1)} s; the rates are over the whole time.`,
  ];
}
