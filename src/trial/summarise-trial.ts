import { formatTuples } from '../plan/index.ts';
import { type Verdict, worstOfEachKind } from '../profile/index.ts';
import { clusteredMedianInterval, mean, median, pairedRatio, sortSamples } from '../stats/index.ts';
import { type Contender, rowName } from './contenders.ts';
import { judgeSpeedUp } from './judge-speed-up.ts';
import type { Round } from './run-round.ts';
import type { SpeedUp, TrialConfiguration, TrialFailure, TrialResult } from './types.ts';

/** What the rounds say: each configuration's time, the winner, and how much faster it is. Pure. */
export function summariseTrial(
  contenders: readonly Contender[],
  rounds: readonly (readonly Round[])[],
  items: number,
  cores: number,
  minRounds: number,
  failures: readonly TrialFailure[] = [],
): TrialResult {
  const configurations = contenders.map((contender, index) =>
    summarise(contender, rounds[index]!, items, minRounds),
  );
  const winner = chooseWinner(configurations, rounds);
  const speedUpOver = (name: string): SpeedUp | null => {
    const baseline = configurations.findIndex(({ names }) => names.includes(name));
    return baseline < 0 ? null : compare(rounds[baseline]!, rounds[winner]!, baseline === winner);
  };
  const speedup = { fat: speedUpOver('fat'), thin: speedUpOver('thin'), default: speedUpOver('default') };
  return {
    items,
    cores,
    rounds: rounds[0]?.length ?? 0,
    configurations,
    failures,
    winner: configurations[winner]!.name,
    speedup,
    verdict: [sentence(configurations[winner]!, speedup), ...failures.map(describeFailure)].join(' '),
  };
}

const isClean = (round: Round): boolean => round.disturbances.length === 0;

function summarise(
  contender: Contender,
  rounds: readonly Round[],
  items: number,
  minRounds: number,
): TrialConfiguration {
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
  const gain = compare(rounds[plan]!, rounds[fastest]!, false);
  return judgeSpeedUp(gain) === 'faster' ? fastest : plan;
}

/** Rounds in which both ran undisturbed, where they are at least six (the least that an interval needs); all otherwise. */
function compare(baseline: readonly Round[], winner: readonly Round[], same: boolean): SpeedUp {
  if (same) return { ratio: 1, interval: [1, 1] };
  const pairs = baseline.map((round, index) => [round, winner[index]!] as const);
  const clean = pairs.filter(([a, b]) => isClean(a) && isClean(b));
  const counted = clean.length >= 6 ? clean : pairs;
  const centre = ({ timesMs }: Round): number => median(sortSamples(timesMs));
  const { ratio, interval } = pairedRatio(
    counted.map(([a]) => centre(a)),
    counted.map(([, b]) => centre(b)),
  );
  return { ratio, interval };
}

const describeFailure = ({ name, message }: TrialFailure): string =>
  `${name} could not be run: ${message.trim().replace(/\.$/, '')}.`;

function sentence(winner: TrialConfiguration, speedup: TrialResult['speedup']): string {
  const name = winner.pinned ? formatTuples(winner.groups) : 'The default';
  const compared = Object.entries(speedup).flatMap(([baseline, value]) =>
    value === null || winner.names.includes(baseline) ? [] : [{ baseline, ...value }],
  );
  const faster = compared.filter((entry) => judgeSpeedUp(entry) === 'faster');
  const unclear = compared.filter((entry) => judgeSpeedUp(entry) === 'same').map(({ baseline }) => baseline);
  const words = faster.map(
    ({ baseline, ratio, interval }) =>
      `${ratio.toFixed(2)} times as fast as ${baseline} (95 % interval ${interval[0].toFixed(2)} to ${interval[1].toFixed(2)})`,
  );
  const first =
    words.length === 0
      ? `${name} is not significantly faster than any baseline here`
      : `${name} is ${words.join(', ')}`;
  if (words.length === 0 || unclear.length === 0) return `${first}.`;
  return `${first}; no significant difference from ${unclear.join(' and ')}.`;
}
