/** The configurations of a trial or, before one, of a plan, in one shape for charts and sentences. */
import type { Group } from '../plan/types.ts';
import type { SpeedUp, TrialConfiguration, TrialResult } from '../trial/types.ts';
import { describeGroups, formatPlural } from './format.ts';
import type { Paint } from './theme.ts';
import type { ReportData } from './types.ts';

/** The baselines, in the order in which people ask for them. */
export const baselines = ['default', 'fat', 'thin'] as const;

/** A baseline's name. */
export type Baseline = (typeof baselines)[number];

/** A configuration as a chart shows it. */
export interface ConfigurationRow {
  readonly name: string;
  readonly words: string;
  readonly groups: readonly Group[];
  readonly paint: Paint;
  readonly isWinner: boolean;
  readonly predictedMs: number | null;
  readonly measured: {
    readonly medianMs: number;
    readonly interval: readonly [number, number];
    readonly trusted: boolean;
    /** Null where the default did not run, and for the default itself. */
    readonly overDefault: SpeedUp | null;
  } | null;
}

/** Rows of the trial, fastest first; without a trial the plan's predictions; null without either. */
export function configurationRows({ trial, plan }: ReportData): ConfigurationRow[] | null {
  if (trial) return rowsOfTrial(trial);
  if (!plan) return null;
  const rows = [
    { name: 'plan', plan: plan.best },
    { name: 'fat', plan: plan.baselines.fat },
    { name: 'thin', plan: plan.baselines.thin },
  ];
  return rows.flatMap((row) =>
    row.plan === null
      ? []
      : {
          name: row.name,
          words: describeGroups(row.plan.groups),
          groups: row.plan.groups,
          paint: paintOf([row.name]),
          isWinner: row.name === 'plan',
          predictedMs: row.plan.predictedMs,
          measured: null,
        },
  );
}

function rowsOfTrial(trial: TrialResult): ConfigurationRow[] {
  const winner = winnerOf(trial);
  return [...trial.configurations]
    .sort((a, b) => a.medianMs - b.medianMs)
    .map((configuration) => ({
      name: configuration.name,
      words: describeConfiguration(configuration),
      groups: configuration.groups,
      paint: paintOf(configuration.names),
      isWinner: configuration === winner,
      predictedMs: configuration.predictedMs,
      measured: {
        medianMs: configuration.medianMs,
        interval: configuration.interval,
        trusted: configuration.verdict.trusted,
        overDefault: configuration.names.includes('default') ? null : configuration.overDefault,
      },
    }));
}

/** The configuration in force: the trial's measured winner. */
export function winnerOf(trial: TrialResult): TrialConfiguration | undefined {
  const named = (name: string): TrialConfiguration | undefined =>
    trial.configurations.find((row) => row.name === name || row.names.includes(name));
  return named(trial.winner);
}

/** The row of a baseline, which it may share with the plan. */
export function rowOf(trial: TrialResult, baseline: Baseline): TrialConfiguration | undefined {
  return trial.configurations.find(
    (configuration) => configuration.name === baseline || configuration.names.includes(baseline),
  );
}

/** A configuration in words, with how it is placed. */
export function describeConfiguration({
  groups,
  pinned,
}: Pick<TrialConfiguration, 'groups' | 'pinned'>): string {
  return `${describeGroups(groups)}, ${pinned ? 'pinned' : 'not pinned'}`;
}

/** The colour of a row: the plan's where it shares the row with a baseline. */
export function paintOf(names: readonly string[]): Paint {
  if (names.includes('plan')) return 'plan';
  return baselines.find((baseline) => names.includes(baseline)) ?? 'other';
}

/** Groups as running text: `2 × 1 thread`, `one instance of 16 threads`. */
export function shortWords(groups: readonly Group[]): string {
  const [group, ...more] = groups;
  if (group && more.length === 0 && group.instances === 1)
    return group.threads > 0
      ? `one instance of ${formatPlural(group.threads, 'thread')}`
      : 'one instance of the engine’s threads';
  return groups
    .map(({ instances, threads }) => `${instances} × ${formatPlural(threads, 'thread')}`)
    .join(' + ');
}
