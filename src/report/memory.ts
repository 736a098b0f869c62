import { formatBytes, formatPlural } from './format.ts';
import { type Line, linesChart } from './lines-chart.ts';
import type { Chart } from './render-chart.ts';
import type { Series } from './series.ts';
import { paint } from './theme.ts';

const mebibyte = 2 ** 20;

/** Memory of one instance at one batch: the most over the thread counts. */
export interface BatchMemory {
  readonly batch: number;
  readonly rssBytes: number;
  /** Null where any thread count lacks it. */
  readonly pssBytes: number | null;
}

/** What an instance needs, by batch. */
export function memoryOf(series: readonly Series[]): BatchMemory[] {
  return series.map(({ batch, points }) => {
    const shares = points.map(({ memory }) => memory.pssBytes).filter((bytes) => bytes !== null);
    return {
      batch,
      rssBytes: Math.max(...points.map(({ memory }) => memory.rssBytes)),
      pssBytes: shares.length === points.length ? Math.max(...shares) : null,
    };
  });
}

/** Resident and proportional memory of one instance over its batch, MiB. */
export function memoryChart(memory: readonly BatchMemory[], width: number): Chart {
  const lineOf = (label: string, color: string, bytesOf: (one: BatchMemory) => number | null): Line => ({
    label,
    color,
    points: memory.flatMap((one) => {
      const bytes = bytesOf(one);
      return bytes === null ? [] : { x: one.batch, value: bytes / mebibyte, interval: null, trusted: true };
    }),
  });
  const lines = [
    lineOf('resident', paint('ink'), ({ rssBytes }) => rssBytes),
    lineOf('proportional', paint('default'), ({ pssBytes }) => pssBytes),
  ].filter(({ points }) => points.length > 0);
  return linesChart({ lines, xName: 'batch', ideal: null }, width);
}

/** What the smallest and the largest batch need. */
export function memoryFinding(memory: readonly BatchMemory[]): string {
  const first = memory[0];
  const last = memory.at(-1);
  if (!first || !last) return 'Memory was not measured';
  const most = `${formatBytes(last.rssBytes)} for ${formatPlural(last.batch, 'item')}`;
  if (first === last) return `An instance takes ${most}`;
  return `An instance takes ${formatBytes(first.rssBytes)} for ${formatPlural(first.batch, 'item')}, ${most}`;
}
