import { type ExplainedAnswer, formatTuples } from '../plan/index.ts';
import { formatInterval, formatMs, formatNumber, formatPlural } from '../report/format.ts';

/** Why a plan is the best, how sure that is, and what would change it: three to five sentences. */
export function explain(answer: ExplainedAnswer): string[] {
  return [
    boundSentence(answer),
    runnerUpSentence(answer),
    coresSentence(answer),
    itemsSentence(answer) ?? latencySentence(answer),
    cellsSentence(answer),
  ].flatMap((sentence) => sentence ?? []);
}

function boundSentence({ best }: ExplainedAnswer): string {
  const { boundBy, latencyMs, interval, predictedMs, fitted } = best;
  const cell = `${formatPlural(boundBy.threads, 'thread')} × batch ${boundBy.batch}`;
  const bound = `Its slowest cell, ${cell} at ${formatMs(latencyMs)}, sets the time.`;
  if (interval === null) return bound;
  const range = `By the 95 % intervals of its cells the ${formatMs(predictedMs)} may be ${formatInterval(interval)} ms`;
  return `${bound} ${range}${fitted ? ', and more where it rests on interpolated cells' : ''}.`;
}

function runnerUpSentence({ runnerUp, alternatives, goal, policy }: ExplainedAnswer): string | null {
  const next = alternatives[0];
  if (runnerUp === null || next === undefined) return null;
  const name = formatTuples(next.groups);
  const share = formatPercentage(Math.abs(runnerUp.ratio - 1));
  if (policy === 'packrat')
    return runnerUp.ratio < 1
      ? `The exact planner finds ${name}, ${share} faster.`
      : `The exact planner finds ${name}, which is as fast and needs no more cores or instances.`;
  if (goal === 'cost')
    return runnerUp.ratio > 1
      ? `The next best, ${name}, takes ${formatPlural(next.cores, 'core')}.`
      : `The next best, ${name}, takes as many cores.`;
  const worse = goal === 'latency' ? 'slower' : 'less';
  const gap = runnerUp.ratio === 1 ? `is as good, by the tie rule behind` : `is ${share} ${worse}`;
  if (runnerUp.couldBeBetter === null) return `The next best, ${name}, ${gap}.`;
  return runnerUp.couldBeBetter
    ? `The next best, ${name}, ${gap}, which is within the intervals: it may really be the better one.`
    : `The next best, ${name}, ${gap}, also at the ends of the intervals.`;
}

function coresSentence({ goal, policy, whatIf, best, cores }: ExplainedAnswer): string | null {
  if (policy === 'packrat') return null;
  const step = whatIf.cores;
  if (goal === 'cost') {
    if (step === null) return null;
    return `One core fewer gives ${formatNumber(step.itemsPerSecond)} items/s at most.`;
  }
  if (step === null) return `By these cells no more cores, up to ${cores * 2}, would make it better.`;
  const what =
    goal === 'latency'
      ? `take ${formatMs(step.latencyMs)} instead of ${formatMs(best.latencyMs)}`
      : `do ${formatNumber(step.itemsPerSecond)} items/s instead of ${formatNumber(best.itemsPerSecond)}`;
  return `The next gain is at ${formatPlural(step.cores, 'core')}: ${formatTuples(step.groups)} would ${what}.`;
}

function itemsSentence({ whatIf, best, items }: ExplainedAnswer): string | null {
  const step = whatIf.items;
  if (step === null) return null;
  const [now, then] = [best.latencyMs / items, step.latencyMs / step.items];
  return `Twice the items would take ${formatMs(step.latencyMs)}, ${formatMs(then)} an item instead of ${formatMs(now)}.`;
}

function latencySentence({ whatIf, goal, limits }: ExplainedAnswer): string | null {
  const step = whatIf.latency;
  if (step === null || limits.latencyMs === null) return null;
  const gain =
    goal === 'cost'
      ? `it would take ${formatPlural(step.cores, 'core')}`
      : `it would do ${formatNumber(step.itemsPerSecond)} items/s`;
  return `Within ${formatMs(limits.latencyMs * 2)}, ${gain}.`;
}

function cellsSentence({ whatIf: { threads, batch }, best }: ExplainedAnswer): string | null {
  const parts = [
    ...(threads === null
      ? []
      : [`with ${formatPlural(threads.threads, 'thread')} takes ${formatMs(threads.latencyMs)}`]),
    ...(batch === null
      ? []
      : [
          `with batch ${batch.batch} takes ${formatMs(batch.msPerItem)} an item instead of ${formatMs(best.latencyMs / best.boundBy.batch)}`,
        ]),
  ];
  return parts.length === 0 ? null : `The slowest instance ${parts.join(', ')}.`;
}

const formatPercentage = (share: number): string => `${formatNumber(share * 100)} %`;
