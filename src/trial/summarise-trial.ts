import { type Verdict, worstOfEachKind } from '../profile/index.ts';
import { clusteredMedianInterval, mean, median, sortSamples } from '../stats/index.ts';
import { compareRounds, isClean } from './compare-rounds.ts';
import { type Contender, rowName } from './contenders.ts';
import { judgeSpeedUp } from './judge-speed-up.ts';
import type { Round } from './run-round.ts';
import { standingsOf } from './standing.ts';
import type {
  Ending,
  PredictionError,
  SpeedUp,
  Standing,
  TrialConfiguration,
  TrialFailure,
  TrialResult,
} from './types.ts';
import { verdictSentence } from './verdict-sentence.ts';

/** Raised when stored results of the code before and after must not be compared, or can't be read. */
export const trialMethod = 3;

/** What was run. */
export interface TrialRun {
  readonly contenders: readonly Contender[];
  /** Of each contender, at least one; fewer where it left before the end. */
  readonly rounds: readonly (readonly Round[])[];
  readonly items: number;
  readonly cores: number;
  /** With so many clean rounds a configuration counts no others. */
  readonly minRounds: number;
  readonly endedBy: Ending;
  readonly failures: readonly TrialFailure[];
}

/** What the rounds say: each configuration's time, the winner, and how much faster it is. Pure. */
export function summariseTrial(run: TrialRun): TrialResult {
  const { contenders, rounds, items, cores, endedBy, failures } = run;
  const rowOf = (name: string): number => contenders.findIndex(({ names }) => names.includes(name));
  const gainOver = (slow: number, fast: number): SpeedUp | null =>
    slow < 0 ? null : compareRounds(rounds[slow]!, rounds[fast]!);
  const standings = standingsOf(rounds);
  const configurations = contenders.map(
    (contender, index): TrialConfiguration => ({
      ...summarise(contender, rounds[index]!, run),
      standing: standings[index]!,
      overDefault: gainOver(rowOf('default'), index),
    }),
  );
  const winner = chooseWinner(contenders, rounds, standings);
  const rivals = contenders.flatMap(({ names }, index) =>
    index === winner ? [] : [{ names, gain: compareRounds(rounds[index]!, rounds[winner]!) }],
  );
  return {
    items,
    cores,
    rounds: Math.max(...rounds.map(({ length }) => length)),
    endedBy,
    configurations,
    failures,
    winner: configurations[winner]!.name,
    speedup: {
      plan: gainOver(rowOf('plan'), winner),
      fat: gainOver(rowOf('fat'), winner),
      thin: gainOver(rowOf('thin'), winner),
      default: gainOver(rowOf('default'), winner),
    },
    verdict: verdictSentence(configurations[winner]!, rivals, failures),
  };
}

function summarise(
  contender: Contender,
  rounds: readonly Round[],
  { items, minRounds }: TrialRun,
): Omit<TrialConfiguration, 'overDefault' | 'standing'> {
  const clean = rounds.filter(isClean);
  const counted = clean.length >= minRounds ? clean : rounds;
  const times = counted.flatMap(({ timesMs }) => timesMs);
  const sorted = sortSamples(times);
  const medianMs = median(sorted);
  const interval = clusteredMedianInterval(counted.map(({ timesMs }) => timesMs));
  return {
    name: rowName(contender),
    names: contender.names,
    groups: contender.groups,
    pinned: contender.kind === 'pinned',
    predictedMs: contender.predictedMs,
    prediction: predictionErrorOf(contender, medianMs, interval),
    medianMs,
    interval,
    itemsPerSecond: (items / medianMs) * 1000,
    count: times.length,
    rounds: rounds.length,
    verdict: verdictOf(counted, rounds),
    startSkew: Math.max(...counted.map(({ skewMs }) => skewMs)) / medianMs,
    busy: meanBusy(counted),
    rssBytes: Math.max(...counted.map(({ rssBytes }) => rssBytes)),
  };
}

function predictionErrorOf(
  { predictedMs, predictionInterval: stated }: Contender,
  medianMs: number,
  [low, high]: readonly [number, number],
): PredictionError | null {
  if (predictedMs === null) return null;
  return {
    ratio: medianMs / predictedMs,
    interval: [low / predictedMs, high / predictedMs],
    stated,
    within: stated && stated[0] <= medianMs && medianMs <= stated[1],
  };
}

function verdictOf(counted: readonly Round[], all: readonly Round[]): Verdict {
  const disturbances = worstOfEachKind(counted.flatMap((round) => round.disturbances));
  return {
    trusted: disturbances.length === 0,
    disturbances,
    visitsLeftOut: all.length - counted.length,
    visits: all.length,
  };
}

function meanBusy(rounds: readonly Round[]): Record<string, number> {
  const cpus = Object.keys(rounds[0]?.busy ?? {});
  return Object.fromEntries(cpus.map((cpu) => [cpu, mean(rounds.map(({ busy }) => busy[cpu] ?? 0))]));
}

/** The leader; the plan keeps its place where that one is not significantly faster. */
function chooseWinner(
  contenders: readonly Contender[],
  rounds: readonly (readonly Round[])[],
  standings: readonly Standing[],
): number {
  const leader = standings.indexOf('leader');
  const plan = contenders.findIndex(({ names }) => names.includes('plan'));
  if (plan < 0 || plan === leader) return leader;
  return judgeSpeedUp(compareRounds(rounds[plan]!, rounds[leader]!)) === 'faster' ? leader : plan;
}
