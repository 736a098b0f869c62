import { formatTuples, type PlanCase, type PlanCases } from '../plan/index.ts';
import { formatMs, formatNumber, formatPlural, formatRatio } from '../report/format.ts';
import { type Column, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

const ratio = (value: number | null): string => (value === null ? '–' : `${formatRatio(value)}×`);

/** A table of plans, a row each, and the mean speed-ups of each number of cores. */
export function describeCases({ goal, cases, means }: PlanCases, { bold, width }: Terminal): string {
  const columns: Column<PlanCase>[] = [
    { title: 'cores', align: 'right', value: ({ cores }) => String(cores) },
    { title: 'items', align: 'right', value: ({ items }) => (items === null ? '–' : String(items)) },
    { title: '⟨i,t,b⟩', value: ({ best }) => (best === null ? 'no plan' : formatTuples(best.groups)) },
    {
      title: 'predicted',
      align: 'right',
      value: ({ best }) => (best === null ? '–' : formatMs(best.predictedMs)),
    },
    {
      title: 'items/s',
      align: 'right',
      value: ({ best }) => (best === null ? '–' : formatNumber(best.itemsPerSecond)),
    },
    { title: 'over fat', align: 'right', value: ({ speedup }) => ratio(speedup.fat) },
    { title: 'over thin', align: 'right', value: ({ speedup }) => ratio(speedup.thin) },
  ];
  const refused = cases.filter(({ noPlan }) => noPlan !== null).length;
  return [
    bold(`${formatPlural(cases.length, 'plan')} for ${goal}`),
    '',
    formatTable(cases, columns, width),
    '',
    ...means.map(
      ({ cores, fat, thin, cases: count }) =>
        `${formatPlural(cores, 'core')}: mean speed-up ${ratio(fat)} over fat, ${ratio(thin)} over thin, of ${formatPlural(count, 'case')}`,
    ),
    ...(refused === 0
      ? []
      : [`${formatPlural(refused, 'case')} without a plan; ask for one alone to learn why`]),
  ].join('\n');
}
