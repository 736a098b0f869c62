import { compareRounds } from './compare-rounds.ts';
import { type Contender, rowName } from './contenders.ts';
import type { Round } from './run-round.ts';
import { roundsToPart, standingsOf } from './standing.ts';
import type { Ending, Standing, TrialSamples } from './types.ts';

/** A contender with what it did so far. */
export interface Lane {
  readonly contender: Contender;
  /** In the order they ran, from the trial's first on; none is missing in between. */
  readonly rounds: Round[];
  /** `beaten` and `failed` lanes run no further round. */
  state: 'running' | 'beaten' | 'failed';
}

/** When a trial has run enough. */
export interface EndRule {
  /** Plan and baselines run at least so many rounds, unless time is up. */
  readonly minRounds: number;
  readonly maxRounds: number;
  /** After so long no further round begins. */
  readonly ceilingMs: number;
}

/** With fewer rounds nothing can be told; a trial has so many even where time is up. */
export const leastRounds = 3;

/** Those that run on. */
export const runningOf = (lanes: readonly Lane[]): Lane[] => lanes.filter(({ state }) => state === 'running');

/** Full rounds so far: those that every running lane has. */
export const fullRounds = (lanes: readonly Lane[]): number =>
  Math.min(...runningOf(lanes).map(({ rounds }) => rounds.length));

/** Why no further round begins; null where one does. */
export function endingOf(lanes: readonly Lane[], rule: EndRule, elapsedMs: number): Ending | null {
  const count = fullRounds(lanes);
  if (count < Math.min(leastRounds, rule.minRounds)) return null;
  if (count >= rule.minRounds && !runningStandings(lanes).includes('open')) return 'parted';
  if (count >= rule.maxRounds) return 'rounds';
  return elapsedMs > rule.ceilingMs ? 'budget' : null;
}

/** Takes out those that are certainly slower than the leader; plan and baselines not before the floor. */
export function leaveBeaten(lanes: readonly Lane[], { minRounds }: EndRule): void {
  const count = fullRounds(lanes);
  if (count < leastRounds) return;
  const standings = runningStandings(lanes);
  for (const [index, lane] of runningOf(lanes).entries()) {
    const floor = lane.contender.names.some(isFloored) ? minRounds : leastRounds;
    if (standings[index] === 'slower' && count >= floor) lane.state = 'beaten';
  }
}

/** Alternatives of the plan may leave early; what the verdict compares stays for the floor of rounds. */
const isFloored = (name: string): boolean => !/^plan \d+$/.test(name);

const runningStandings = (lanes: readonly Lane[]): Standing[] =>
  standingsOf(runningOf(lanes).map(({ rounds }) => rounds));

/** After how many rounds every standing is likely to be known; between the floor and the most there may be. */
export function roundsNeeded(lanes: readonly Lane[], { minRounds, maxRounds }: EndRule): number {
  const count = fullRounds(lanes);
  if (count < leastRounds) return minRounds;
  const running = runningOf(lanes);
  const standings = runningStandings(lanes);
  const leader = running[standings.indexOf('leader')]!;
  const open = running.filter((_, index) => standings[index] === 'open');
  const needed = open.map(({ rounds }) => roundsToPart(compareRounds(rounds, leader.rounds), count));
  return Math.min(maxRounds, Math.max(minRounds, count + (open.length > 0 ? 1 : 0), ...needed));
}

/** Rounds that an interrupt cut off are left out. */
export function cutToFullRounds(lanes: readonly Lane[]): void {
  const count = fullRounds(lanes);
  for (const { rounds } of runningOf(lanes)) rounds.splice(count);
}

/** The raw times of a lane. */
export function samplesOf({ contender, rounds }: Lane): TrialSamples[] {
  return rounds.map(({ timesMs }, round) => ({
    configuration: rowName(contender),
    round,
    durationsNs: BigInt64Array.from(timesMs, (ms) => BigInt(Math.round(ms * 1e6))),
  }));
}
