import { formatTuples } from '../plan/index.ts';
import { judgeSpeedUp } from './judge-speed-up.ts';
import type { SpeedUp, TrialConfiguration, TrialFailure } from './types.ts';

/** A row other than the winner's, and how much faster the winner is. */
export interface Rival {
  readonly names: readonly string[];
  readonly gain: SpeedUp;
}

/** Names under which a configuration was meant to win; another winner is called by its own. */
const favourites = ['plan', 'given'];
const baselines = ['fat', 'thin', 'default'];

/**
 * What a trial found, for people: the winner, what it is faster than and by how much, what it does not differ from, and
 * what could not be run. Other alternatives of the plan are not rivals.
 */
export function verdictSentence(
  winner: TrialConfiguration,
  rivals: readonly Rival[],
  failures: readonly TrialFailure[],
): string {
  const named = rivals.flatMap(({ names, gain }) => {
    const name = rivalName(names);
    return name === null ? [] : [{ name, gain }];
  });
  const faster = named.filter(({ gain }) => judgeSpeedUp(gain) === 'faster');
  const unclear = named.filter(({ gain }) => judgeSpeedUp(gain) === 'same');
  const gains = faster.map(
    ({ name, gain: { ratio, interval } }) =>
      `${ratio.toFixed(2)} times as fast as ${name} (95 % interval ${interval[0].toFixed(2)} to ${interval[1].toFixed(2)})`,
  );
  const first =
    gains.length === 0
      ? `${winnerName(winner)} is not significantly faster than any baseline here`
      : `${winnerName(winner)} is ${gains.join(', ')}`;
  const rest =
    gains.length === 0 || unclear.length === 0
      ? ''
      : `; no significant difference from ${unclear.map(({ name }) => name).join(' and ')}`;
  return [`${first}${rest}.`, ...failures.map(describeFailure)].join(' ');
}

function winnerName({ groups, name, names, pinned }: TrialConfiguration): string {
  if (!pinned) return 'The default';
  const isFavourite = favourites.some((favourite) => names.includes(favourite));
  return isFavourite ? formatTuples(groups) : `${formatTuples(groups)} (${name})`;
}

/** `the plan`, `the plan = thin`, `fat`; null for a row of alternatives alone. */
function rivalName(names: readonly string[]): string | null {
  const known = names.filter((name) => favourites.includes(name) || baselines.includes(name));
  if (known.length === 0) return null;
  return `${favourites.includes(known[0]!) ? 'the ' : ''}${known.join(' = ')}`;
}

const describeFailure = ({ name, message }: TrialFailure): string =>
  `${name} could not be run: ${message.trim().replace(/\.$/, '')}.`;
