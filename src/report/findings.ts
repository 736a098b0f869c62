/**
 * The titles of the charts: what was found, computed from the data by the rules written at each function. They rest on
 * trusted points (on all where none is trusted) and say so where intervals overlap.
 */

import { judgeSpeedUp } from '../trial/judge-speed-up.ts';
import type { TrialConfiguration, TrialResult } from '../trial/types.ts';
import { type Baseline, baselines, paintOf, rowOf, shortWords, winnerOf } from './configurations.ts';
import { formatMs, formatNumber, formatPlural, formatRatio } from './format.ts';
import { scalingOf } from './scaling.ts';
import {
  distinct,
  type MeasuredPoint,
  type Rate,
  rateOfInstance,
  rateOfMachine,
  type Series,
  trustworthy,
} from './series.ts';
import type { ReportData } from './types.ts';

/**
 * Over all batches: the thread count at which scaling stops (see `Scaling.stopsAt`). All at the most: the range of
 * gains. Some at the most: from which batch up, if that splits them. Otherwise the range of stops.
 */
export function latencyFinding(model: string, series: readonly Series[]): string {
  const trusted = scalingOf(trustworthy(series));
  const scalings = trusted.length > 0 ? trusted : scalingOf(series);
  if (scalings.length === 0) return singleThreadFinding(model, series);
  const most = Math.max(...scalings.map((scaling) => scaling.most));
  const stops = distinct(scalings.map((scaling) => scaling.stopsAt));
  const [firstStop = 0] = stops;
  const lastStop = stops.at(-1) ?? 0;
  const fewest = Math.min(...scalings.map((scaling) => scaling.fewest));
  if (lastStop === fewest) return `More threads do not make ${model} faster`;
  if (firstStop === most) {
    const gains = ratioRange(scalings.map((scaling) => scaling.gain));
    return `${formatPlural(most, 'thread')} run ${model} ${gains} times as fast as ${fewest}`;
  }
  if (stops.length === 1) return `${model} stops scaling at ${formatPlural(lastStop, 'thread')}`;
  const reaching = scalings.filter((scaling) => scaling.stopsAt === most);
  const from = reaching[0]?.batch;
  const splits = scalings.every((scaling) => (scaling.stopsAt === most) === scaling.batch >= (from ?? 0));
  if (from !== undefined && splits) return `${model} scales to ${most} threads only from batch ${from} up`;
  return `${model} stops scaling at ${firstStop} to ${lastStop} threads, depending on the batch`;
}

function singleThreadFinding(model: string, series: readonly Series[]): string {
  const point = series.at(-1)?.points[0];
  if (!point) return `No point of ${model} was measured`;
  const { threads, batch } = point.settings;
  return `${model} takes ${formatMs(point.stats.medianMs)} for ${formatPlural(batch, 'item')} on ${formatPlural(threads, 'thread')}`;
}

function ratioRange(ratios: readonly number[]): string {
  const least = Math.min(...ratios);
  const most = Math.max(...ratios);
  const low = most >= 10 ? least.toFixed(1) : formatRatio(least);
  const high = formatRatio(most);
  return low === high ? low : `${low} to ${high}`;
}

/** The peak of one instance; and, where smaller batches come within 5 % of it, the smallest that does. */
export function throughputFinding(model: string, all: readonly Series[]): string {
  const series = trustworthy(all);
  const peak = peakOf(series, rateOfInstance);
  if (!peak) return `No point of ${model} was measured`;
  const { value } = rateOfInstance(peak);
  const enough = series.find(({ points }) =>
    points.some((point) => rateOfInstance(point).value >= 0.95 * value),
  );
  const rate = `${formatNumber(value)} items/s`;
  if (!enough || enough.batch === peak.settings.batch)
    return `${model} peaks at ${rate}: batch ${peak.settings.batch} on ${formatPlural(peak.settings.threads, 'thread')}`;
  return `Batches above ${enough.batch} gain ${model} less than 5 %: it peaks at ${rate}`;
}

function peakOf(
  series: readonly Series[],
  rateOf: (point: MeasuredPoint) => Rate,
): MeasuredPoint | undefined {
  const points = series.flatMap((one) => one.points);
  return points.reduce<MeasuredPoint | undefined>(
    (best, point) => (best && rateOf(best).value >= rateOf(point).value ? best : point),
    undefined,
  );
}

/** The best cell of the whole machine against the best cell of the most threads; "as much" when intervals overlap. */
export function cellsFinding(all: readonly Series[]): string {
  const series = trustworthy(all);
  const peak = peakOf(series, rateOfMachine);
  if (!peak) return 'No cell was measured';
  const most = Math.max(...series.flatMap(({ points }) => points.map((point) => point.settings.threads)));
  const ofMost = series.map(({ batch, points }) => ({
    batch,
    points: points.filter((point) => point.settings.threads === most),
  }));
  const fat = peakOf(ofMost, rateOfMachine);
  const who = `${replicasOf(peak)} ${peak.replicas === 1 ? 'gets' : 'get'}`;
  const rate = rateOfMachine(peak);
  if (!fat || fat.settings.threads === peak.settings.threads)
    return `${who} most done: ${formatNumber(rate.value)} items/s`;
  const fatRate = rateOfMachine(fat);
  if (fatRate.interval[1] >= rate.interval[0])
    return `${replicasOf(peak)} and ${replicasOf(fat)} get as much done: ${formatNumber(rate.value)} items/s`;
  return `${who} ${formatRatio(rate.value / fatRate.value)} times as much done as ${replicasOf(fat)}`;
}

function replicasOf({ replicas, settings }: MeasuredPoint): string {
  return `${formatPlural(replicas, 'instance')} of ${formatPlural(settings.threads, 'thread')}`;
}

/** The baseline the winner is compared with in one sentence: fat, else default, else thin, of those it is not. */
function rivalOf(trial: TrialResult, winner: TrialConfiguration | undefined): Baseline | undefined {
  const names = ['fat', 'default', 'thin'] as const;
  return names.find((name) => trial.speedup[name] !== null && !winner?.names.includes(name));
}

/** Winner against its rival (`rivalOf`): a ratio when the interval leaves 1 out, else that there is no difference. */
export function trialFinding(trial: TrialResult): string {
  const winner = winnerOf(trial);
  const rival = rivalOf(trial, winner);
  const speedup = rival && trial.speedup[rival];
  if (!winner || !rival || !speedup) return trial.verdict;
  const title = nameOfWinner(winner);
  const loser = rowOf(trial, rival);
  if (judgeSpeedUp(speedup) !== 'faster') return `No significant difference between ${title} and ${rival}`;
  const what = loser && rival !== 'default' ? shortWords(loser.groups) : `the ${rival}`;
  return `${capital(title)} wins: ${shortWords(winner.groups)} is ${formatRatio(speedup.ratio)} times as fast as ${what}`;
}

function nameOfWinner(winner: TrialConfiguration): string {
  const shared = baselines.find((name) => winner.names.includes(name));
  return shared ?? (winner.names.includes('plan') ? 'the plan' : winner.name);
}

/** What is predicted while nothing was tried. */
export function planFinding({ plan }: ReportData): string {
  const fat = plan?.speedup.fat;
  if (!fat) return 'Predicted, not yet tried';
  return `Predicted, not yet tried: the plan is ${formatRatio(fat)} times as fast as fat`;
}

/** CPUs kept busy, summed over the machine: the winner's against the default's, or the winner's alone. */
export function busyFinding(trial: TrialResult): string {
  const winner = winnerOf(trial);
  const byDefault = rowOf(trial, 'default');
  if (!winner) return 'How busy each core was';
  const name = capital(paintOf(winner.names) === 'plan' ? 'the plan' : winner.name);
  const own = `${name} kept ${busyCpus(winner).toFixed(1)} CPUs busy`;
  if (!byDefault || byDefault === winner) return own;
  return `${own}, the default ${busyCpus(byDefault).toFixed(1)}`;
}

/** Busy shares summed over the CPUs of the machine. */
export function busyCpus({ busy }: TrialConfiguration): number {
  return Object.values(busy).reduce((sum, share) => sum + share, 0);
}

/** A sentence's first letter made big. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
