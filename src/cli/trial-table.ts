import {
  describeGroups,
  formatInterval,
  formatMs,
  formatNumber,
  formatPlural,
  formatRatio,
  formatTuples,
} from '../report/format.ts';
import { trialNotes } from '../report/trial-notes.ts';
import { wakeUpFinding } from '../report/wake-up.ts';
import type { TrialConfiguration, TrialResult } from '../trial/index.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** The answer first, then every configuration that ran, then how sure it is. */
export function formatTrial(result: TrialResult, { bold, width }: Terminal): string {
  const winner = result.configurations.find(({ name }) => name === result.winner)!;
  const how = winner.pinned
    ? `${describeGroups(winner.groups)}, pinned`
    : 'one instance, as the engine comes';
  const wakeUp = wakeUpFinding(result.configurations);
  const note = ({ verdict }: TrialConfiguration): string =>
    verdict.disturbances.map(({ kind }) => kind).join(', ');
  return [
    bold(`${formatPlural(result.items, 'item')} on ${formatPlural(result.cores, 'core')}: run ${how}`),
    '',
    formatTable(
      result.configurations,
      [
        { title: 'configuration', value: ({ name }) => (name === result.winner ? `▸ ${name}` : `  ${name}`) },
        { title: '⟨i,t,b⟩', value: ({ groups }) => formatTuples(groups) },
        { title: 'measured', align: 'right', value: ({ medianMs }) => formatMs(medianMs) },
        { title: '95 % interval', align: 'right', value: ({ interval }) => formatInterval(interval) },
        {
          title: 'predicted',
          align: 'right',
          value: ({ predictedMs }) => (predictedMs === null ? '–' : formatMs(predictedMs)),
        },
        { title: 'items/s', align: 'right', value: ({ itemsPerSecond }) => formatNumber(itemsPerSecond) },
        {
          title: 'over default',
          align: 'right',
          value: ({ overDefault }) => (overDefault === null ? '–' : `${formatRatio(overDefault.ratio)}×`),
        },
        {
          title: '95 % interval',
          align: 'right',
          value: ({ names, overDefault }) =>
            overDefault === null || names.includes('default')
              ? '–'
              : formatInterval(overDefault.interval, formatRatio),
        },
        { title: 'disturbed by', value: note },
      ],
      width,
    ),
    '',
    result.verdict,
    ...trialNotes(result),
    ...(wakeUp === null ? [] : [wakeUp]),
  ].join('\n');
}
