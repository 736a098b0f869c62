import type { LoadRun } from '../load/index.ts';
import { countedRows, isAnswer } from '../load/summary.ts';
import { quantile, sortSamples } from '../stats/index.ts';
import { leastAnswers, windowEdges } from './load-windows.ts';

/** The parts of a run in which requests came at about the same rate. */
export interface RateBin {
  /** Requests due per second of these parts. */
  readonly perSecond: number;
  /** How long they last together. */
  readonly totalMs: number;
  /** Requests due in them. */
  readonly due: number;
  readonly ok: number;
  readonly answers: number;
  /** Of all their answers together; null: too few, see `leastAnswers`. */
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
}

const mostBins = 10;

/** A run's latencies by the rate at which requests came. */
export interface LatencyByRate {
  /** The rate is counted over so long, in ms. */
  readonly widthMs: number;
  /** By ascending rate. */
  readonly bins: readonly RateBin[];
}

interface Part {
  readonly widthMs: number;
  due: number;
  ok: number;
  readonly latencies: number[];
}

/** Latency over rate; null where the rate strayed no further than independent arrivals of one rate do. */
export function latencyByRate(run: LoadRun, spanMs: number, widthMs: number): LatencyByRate | null {
  const parts = partsOf(run, spanMs, widthMs);
  if (!varies(parts)) return null;
  const rates = parts.map(rateOf);
  const most = Math.max(...rates);
  const least = Math.min(...rates);
  const place = (part: Part): number =>
    Math.min(mostBins - 1, Math.floor(((rateOf(part) - least) / (most - least)) * mostBins));
  const groups = [...Map.groupBy(parts, place)].toSorted(([a], [b]) => a - b);
  const bins = groups.map(([, members]) => binOf(members)).filter(({ due }) => due > 0);
  return { widthMs, bins };
}

function partsOf(run: LoadRun, spanMs: number, widthMs: number): Part[] {
  const edges = windowEdges(spanMs, widthMs);
  const parts = edges
    .slice(1)
    .map((edge, index): Part => ({ widthMs: edge - edges[index]!, due: 0, ok: 0, latencies: [] }));
  for (const { dueMs, endMs, outcome } of countedRows(run)) {
    const part = parts[Math.min(parts.length - 1, Math.floor((dueMs - run.countFromMs) / widthMs))]!;
    part.due++;
    if (outcome === 'ok') part.ok++;
    if (isAnswer(outcome)) part.latencies.push(endMs - dueMs);
  }
  return parts;
}

const rateOf = ({ due, widthMs }: Part): number => due / (widthMs / 1000);

/**
 * Whether the counts are more unlike than those of a Poisson process: their index of dispersion, χ² over its degrees of freedom, lies
 * more than four standard deviations above 1, and the rate changes by half of its mean.
 */
function varies(parts: readonly Part[]): boolean {
  if (parts.length < 4) return false;
  const due = parts.reduce((sum, part) => sum + part.due, 0);
  const totalMs = parts.reduce((sum, part) => sum + part.widthMs, 0);
  const chiSquare = parts.reduce((sum, part) => {
    const expected = (due * part.widthMs) / totalMs;
    return sum + (part.due - expected) ** 2 / expected;
  }, 0);
  const degrees = parts.length - 1;
  const rates = parts.map(rateOf);
  const range = Math.max(...rates) - Math.min(...rates);
  return chiSquare / degrees > 1 + 4 * Math.sqrt(2 / degrees) && range > (0.5 * due) / (totalMs / 1000);
}

function binOf(parts: readonly Part[]): RateBin {
  const latencies = parts.flatMap((part) => part.latencies);
  const sorted = latencies.length === 0 ? null : sortSamples(latencies);
  const at = (name: keyof typeof leastAnswers, q: number): number | null =>
    sorted === null || sorted.length < leastAnswers[name] ? null : quantile(sorted, q);
  const totalMs = parts.reduce((sum, part) => sum + part.widthMs, 0);
  const due = parts.reduce((sum, part) => sum + part.due, 0);
  return {
    perSecond: due / (totalMs / 1000),
    totalMs,
    due,
    ok: parts.reduce((sum, part) => sum + part.ok, 0),
    answers: latencies.length,
    p50Ms: at('p50', 0.5),
    p90Ms: at('p90', 0.9),
    p99Ms: at('p99', 0.99),
  };
}
