import { type Verdict, worstOfEachKind } from '../profile/index.ts';
import { clusteredMedianInterval, mean, median, pairedRatio, sortSamples } from '../stats/index.ts';
import { type Contender, rowName } from './contenders.ts';
import { judgeSpeedUp } from './judge-speed-up.ts';
import type { Round } from './run-round.ts';
import type { SpeedUp, TrialConfiguration, TrialFailure, TrialResult } from './types.ts';
import { verdictSentence } from './verdict-sentence.ts';

/** Raised when stored results of the code before and after must not be compared, or can't be read. */
export const trialMethod = 2;

/** What the rounds say: each configuration's time, the winner, and how much faster it is. Pure. */
export function summariseTrial(
  contenders: readonly Contender[],
  rounds: readonly (readonly Round[])[],
  items: number,
  cores: number,
  minRounds: number,
  failures: readonly TrialFailure[] = [],
): TrialResult {
  const rowOf = (name: string): number => contenders.findIndex(({ names }) => names.includes(name));
  const gainOver = (slow: number, fast: number): SpeedUp | null =>
    slow < 0 ? null : compare(rounds[slow]!, rounds[fast]!);
  const configurations = contenders.map(
    (contender, index): TrialConfiguration => ({
      ...summarise(contender, rounds[index]!, items, minRounds),
      overDefault: gainOver(rowOf('default'), index),
    }),
  );
  const winner = chooseWinner(configurations, rounds);
  const rivals = contenders.flatMap(({ names }, index) =>
    index === winner ? [] : [{ names, gain: compare(rounds[index]!, rounds[winner]!) }],
  );
  return {
    items,
    cores,
    rounds: rounds[0]?.length ?? 0,
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

const isClean = (round: Round): boolean => round.disturbances.length === 0;

function summarise(
  contender: Contender,
  rounds: readonly Round[],
  items: number,
  minRounds: number,
): Omit<TrialConfiguration, 'overDefault'> {
  const clean = rounds.filter(isClean);
  const counted = clean.length >= minRounds ? clean : rounds;
  const times = counted.flatMap(({ timesMs }) => timesMs);
  const sorted = sortSamples(times);
  const medianMs = median(sorted);
  return {
    name: rowName(contender),
    names: contender.names,
    groups: contender.groups,
    pinned: contender.kind === 'pinned',
    predictedMs: contender.predictedMs,
    medianMs,
    interval: clusteredMedianInterval(counted.map(({ timesMs }) => timesMs)),
    itemsPerSecond: (items / medianMs) * 1000,
    count: times.length,
    verdict: verdictOf(counted, rounds),
    startSkew: Math.max(...counted.map(({ skewMs }) => skewMs)) / medianMs,
    busy: meanBusy(counted),
    rssBytes: Math.max(...counted.map(({ rssBytes }) => rssBytes)),
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

/** The fastest; the plan keeps its place where the fastest is not significantly faster. */
function chooseWinner(
  configurations: readonly TrialConfiguration[],
  rounds: readonly (readonly Round[])[],
): number {
  const medians = configurations.map(({ medianMs }) => medianMs);
  const fastest = medians.indexOf(Math.min(...medians));
  const plan = configurations.findIndex(({ names }) => names.includes('plan'));
  if (plan < 0 || plan === fastest) return fastest;
  const gain = compare(rounds[plan]!, rounds[fastest]!);
  return judgeSpeedUp(gain) === 'faster' ? fastest : plan;
}

/** Rounds in which both ran undisturbed, where they are at least six (the least that an interval needs); all otherwise. */
function compare(slow: readonly Round[], fast: readonly Round[]): SpeedUp {
  if (slow === fast) return { ratio: 1, interval: [1, 1] };
  const pairs = slow.map((round, index) => [round, fast[index]!] as const);
  const clean = pairs.filter(([a, b]) => isClean(a) && isClean(b));
  const counted = clean.length >= 6 ? clean : pairs;
  const centre = ({ timesMs }: Round): number => median(sortSamples(timesMs));
  const { ratio, interval } = pairedRatio(
    counted.map(([a]) => centre(a)),
    counted.map(([, b]) => centre(b)),
  );
  return { ratio, interval };
}
