import { mean, quantile, sortSamples } from '../stats/index.ts';
import { flowWidthMs, leastAnswers, windowEdges } from './load-windows.ts';
import type { BatchRecord, SimulatePageData } from './simulate-page-data.ts';

/** Equal stretches of a simulation, up to its last request. */
export interface Windows {
  /** Their ends in ms, one more than there are windows. */
  readonly edges: readonly number[];
  readonly widthMs: number;
}

/** The answers to the requests that came in a window. */
export interface AnswersWindow {
  readonly due: number;
  readonly unanswered: number;
  /** Null: nothing was answered. */
  readonly meanMs: number | null;
  /** Null: too few answers, see `leastAnswers`. */
  readonly p99Ms: number | null;
}

/** As many windows as a chart can show. */
export function windowsOf({ stream: { arrivedMs } }: SimulatePageData): Windows {
  const spanMs = Math.max(1, arrivedMs[arrivedMs.length - 1]!);
  const widthMs = flowWidthMs(spanMs);
  return { edges: windowEdges(spanMs, widthMs), widthMs };
}

/** What fell into each window. @param momentsMs Of each thing. */
export function binned<T>(
  { edges, widthMs }: Windows,
  momentsMs: ArrayLike<number>,
  pick: (at: number) => T,
): T[][] {
  const bins = edges.slice(1).map((): T[] => []);
  for (let at = 0; at < momentsMs.length; at++)
    bins[Math.min(bins.length - 1, Math.floor(momentsMs[at]! / widthMs))]!.push(pick(at));
  return bins;
}

/** Latency over time. @param answeredAfterMs Of each request; NaN: no answer. */
export function answersWindows(
  windows: Windows,
  arrivedMs: ArrayLike<number>,
  answeredAfterMs: Float64Array,
): AnswersWindow[] {
  return binned(windows, arrivedMs, (at) => answeredAfterMs[at]!).map((all) => {
    const answered = all.filter((ms) => !Number.isNaN(ms));
    const isEnough = answered.length >= leastAnswers.p99;
    return {
      due: all.length,
      unanswered: all.length - answered.length,
      meanMs: answered.length === 0 ? null : mean(answered),
      p99Ms: isEnough ? quantile(sortSamples(answered), 0.99) : null,
    };
  });
}

const mostlyShare = 0.9;

/** Whether nine windows in ten have enough requests for a p99, or the mean alone can be drawn; the same for every policy. */
export function mostlyHaveP99(windows: readonly AnswersWindow[]): boolean {
  return windows.filter(({ due }) => due >= leastAnswers.p99).length >= mostlyShare * windows.length;
}

/** Why there is no p99, for a figure's note. */
export const noP99 = `The mean alone: in too many windows there are fewer than the ${leastAnswers.p99} answers that a p99 needs.`;

/** Batches that began in each window, and their mean items; null: none began. */
export function batchWindows(
  windows: Windows,
  { beganMs, items }: BatchRecord,
): { readonly batches: number; readonly meanItems: number | null }[] {
  return binned(windows, beganMs, (at) => items[at]!).map((own) => ({
    batches: own.length,
    meanItems: own.length === 0 ? null : mean(own),
  }));
}

/** The middle of each window, in ms. */
export const middlesOf = ({ edges }: Windows): number[] =>
  edges.slice(1).map((to, at) => (edges[at]! + to) / 2);
