import { type ExplainedAnswer, type ExplainedPlan, formatTuples, type ModelAnswer } from '../plan/index.ts';
import { cellsNote } from '../report/cells-note.ts';
import {
  describeGroups,
  formatInterval,
  formatMs,
  formatNumber,
  formatPlural,
  formatRatio,
  formatTime,
} from '../report/format.ts';
import type { PlanInForce } from '../trial/index.ts';
import { explain } from './plan-explain.ts';
import { type Column, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

type Row = readonly [name: string, plan: ExplainedPlan | null];

/** What stands beside an answer. */
export interface PlanContext {
  /** The measured winner of the last trial; null without one. */
  readonly inForce: PlanInForce | null;
  /** Whether it was planned from a published table, so that `thinfer try` can't run it. */
  readonly isTable: boolean;
}

/** A plan as a title, a table, and a few sentences. */
export function describePlan(
  answer: ExplainedAnswer,
  { bold, width }: Terminal,
  { inForce, isTable }: PlanContext,
): string {
  const { best, alternatives, baselines, table } = answer;
  const rows: Row[] = [
    [answer.policy === 'packrat' ? 'packrat' : 'best', best],
    ...alternatives.map(
      (plan, index): Row => [answer.policy === 'packrat' ? 'exact' : `plan ${index + 2}`, plan],
    ),
    ['fat', baselines.fat],
    ['thin', baselines.thin],
  ];
  return [
    bold(titleOf(answer)),
    '',
    formatTable(rows, columnsOf(answer), width),
    '',
    ...explain(answer),
    cellsNote(best.cells, isTable),
    ...(inForce === null ? [] : [inForceSentence(inForce)]),
    '',
    `from ${formatPlural(table.measured, 'measured cell')} and ${formatPlural(table.fitted, 'fitted cell')}${isTable ? '' : '; `thinfer try` runs it for real'}`,
  ].join('\n');
}

function inForceSentence({ groups, pinned, medianMs, interval, measuredAt }: PlanInForce): string {
  const name = pinned ? formatTuples(groups) : 'the default';
  return `In force is ${name}: it won the last trial with ${formatMs(medianMs)} (${formatInterval(interval)}), ${formatTime(measuredAt)}.`;
}

/** Several models on shared cores: a row each, then each one's explanation. */
export function describeModels(models: readonly ModelAnswer[], cores: number, terminal: Terminal): string {
  const used = models.reduce((sum, model) => sum + model.cores, 0);
  const columns: Column<ModelAnswer>[] = [
    { title: 'model', value: ({ model }) => model },
    { title: 'goal', value: ({ goal }) => goal },
    { title: 'cores', align: 'right', value: (model) => String(model.cores) },
    { title: '⟨i,t,b⟩', value: ({ best }) => formatTuples(best.groups) },
    { title: 'predicted', align: 'right', value: ({ best }) => formatMs(best.predictedMs) },
    { title: 'items/s', align: 'right', value: ({ best }) => formatNumber(best.itemsPerSecond) },
    {
      title: 'slower than alone',
      align: 'right',
      value: ({ slowdown }) => (slowdown === null ? '–' : `${formatRatio(slowdown)}×`),
    },
  ];
  return [
    terminal.bold(`${formatPlural(models.length, 'model')} on ${used} of ${formatPlural(cores, 'core')}`),
    '',
    formatTable(models, columns, terminal.width),
    ...models.flatMap((model) => ['', `${terminal.bold(model.model)}: ${explain(model).join(' ')}`]),
    '',
    'each from cells measured beside instances of the same model',
  ].join('\n');
}

function titleOf({ goal, items, cores, best, limits }: ExplainedAnswer): string {
  const asked = {
    latency: formatPlural(items, 'item'),
    throughput: 'most items/s',
    cost: `${formatNumber(limits.itemsPerSecond ?? 0)} items/s`,
  };
  const within = limits.latencyMs === null ? '' : ` within ${formatMs(limits.latencyMs)}`;
  return `${asked[goal]}${within} on ${formatPlural(cores, 'core')}: ${describeGroups(best.groups)}`;
}

function columnsOf({ goal, best, limits }: ExplainedAnswer): Column<Row>[] {
  const text =
    (value: (plan: ExplainedPlan) => string) =>
    ([, plan]: Row): string =>
      plan === null ? '–' : value(plan);
  const right = (title: string, value: (plan: ExplainedPlan) => string): Column<Row> => ({
    title,
    align: 'right',
    value: text(value),
  });
  const gain = {
    latency: right('best is faster', (plan) => `${formatRatio(plan.predictedMs / best.predictedMs)}×`),
    throughput: right(
      'best does more',
      (plan) => `${formatRatio(best.itemsPerSecond / plan.itemsPerSecond)}×`,
    ),
    cost: right('cores over best', (plan) => `${formatRatio(plan.cores / best.cores)}×`),
  };
  return [
    { title: '', value: ([name]) => name },
    { title: '⟨i,t,b⟩', value: text((plan) => formatTuples(plan.groups)) },
    right('cores', (plan) => String(plan.cores)),
    right('predicted', (plan) => formatMs(plan.predictedMs)),
    right('interval', ({ interval }) => (interval === null ? '–' : formatInterval(interval))),
    right('items/s', (plan) => formatNumber(plan.itemsPerSecond)),
    gain[goal],
    right('bound by t×b', ({ boundBy }) => `${boundBy.threads}×${boundBy.batch}`),
    ...(best.price === null
      ? []
      : [
          right('per hour', ({ price }) => formatNumber(price!.perHour)),
          right('per million', ({ price }) => formatNumber(price!.perMillionItems)),
        ]),
    ...(limits.memoryBytes === null
      ? []
      : [
          right('MiB', ({ memoryBytes }) =>
            memoryBytes === null ? '–' : formatNumber(memoryBytes / 2 ** 20),
          ),
        ]),
    { title: 'cells', value: text((plan) => (plan.fitted ? 'fitted' : 'measured')) },
  ];
}
