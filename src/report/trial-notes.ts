/** What a trial says beside its verdict, a sentence each; the page and the terminal say the same. */
import type { TrialConfiguration, TrialResult } from '../trial/types.ts';
import { formatInterval, formatMs, formatNumber, formatPlural, joinWords } from './format.ts';

/** What to know of a trial: what was not told apart, what left early, how the predictions turned out. */
export function trialNotes(trial: TrialResult): string[] {
  return [endingNote(trial), beatenNote(trial), predictionNote(trial)].flatMap((note) => note ?? []);
}

const endings = {
  budget: 'The time was up',
  rounds: 'The rounds were used up',
  interrupted: 'It was interrupted',
} as const;

/** Configurations whose intervals did not part from the leader's; null where all did. */
function endingNote({ configurations, endedBy }: TrialResult): string | null {
  const open = configurations.filter(({ standing }) => standing === 'open').map(({ name }) => name);
  const leader = configurations.find(({ standing }) => standing === 'leader');
  if (endedBy === 'parted' || open.length === 0 || leader === undefined) return null;
  return `${endings[endedBy]} before ${joinWords(open)} could be told from ${leader.name}, the fastest, to 1 %.`;
}

/** Those that ran fewer rounds. */
function beatenNote({ configurations, rounds }: TrialResult): string | null {
  const early = configurations.filter((one) => one.rounds < rounds);
  if (early.length === 0) return null;
  const names = early.map((one) => `${one.name} after ${one.rounds}`);
  return `Of ${formatPlural(rounds, 'round')}, certainly slower ones left early: ${joinWords(names)}.`;
}

/** The plan's prediction against its time, else the winner's; then all of them. Null where nothing was predicted. */
export function predictionNote({ configurations, winner }: TrialResult): string | null {
  const predicted = configurations.filter(({ prediction }) => prediction !== null);
  const named =
    predicted.find(({ names }) => names.includes('plan')) ?? predicted.find(({ name }) => name === winner);
  if (named === undefined) return null;
  const others = predicted
    .filter((one) => one !== named)
    .map(({ name, prediction }) => `${name} ${change(prediction!.ratio)}`);
  const rest = others.length === 0 ? '' : ` Beside it: ${joinWords(others)}.`;
  return `Measured against predicted: ${predictionOf(named)}.${rest}`;
}

function predictionOf({ name, predictedMs, prediction }: TrialConfiguration): string {
  const { ratio, stated, within } = prediction!;
  const where =
    stated === null ? '' : `, ${within ? 'within' : 'outside'} the stated ${formatInterval(stated)}`;
  return `${name} ${change(ratio)} of ${formatMs(predictedMs!)}${where}`;
}

/** `+2.1 %`, `−0.35 %`. */
function change(ratio: number): string {
  const share = (ratio - 1) * 100;
  return `${share < 0 ? '−' : '+'}${formatNumber(Math.abs(share))} %`;
}
