import type { Plan, PlanAnswer } from '../../plan/index.ts';
import {
  describeGroups,
  formatMs,
  formatNumber,
  formatPlural,
  formatRatio,
  formatTuples,
} from '../../report/format.ts';
import { parseFlags } from '../flags.ts';
import { planFrom, storedPoints } from '../measure.ts';
import { oneOf, settingsSchema } from '../measuring-flags.ts';
import { openStored, openSubject } from '../session.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

export const planSchema = settingsSchema.extend({ cells: oneOf(['measured', 'fitted']).default('fitted') });

/** `thinfer plan MODEL`: the exact best configuration from what was measured. */
export async function planCommand(name: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(planSchema, rawFlags);
  const subject = await openSubject(name, flags);
  using store = openStored(flags.project, subject);
  const { cores, items, terminal } = subject;
  const points = storedPoints(subject, store);
  const answer = planFrom(points, { cores, items, fit: flags.cells === 'fitted', store });
  terminal.print(terminal.json ? JSON.stringify(answer, null, 2) : describePlan(answer, terminal));
}

function describePlan(answer: PlanAnswer, { bold, width }: Terminal): string {
  const { best, alternatives, baselines, items, cores, table } = answer;
  const rows: [string, Plan | null][] = [
    ['best', best],
    ...alternatives.map((plan, index): [string, Plan] => [`plan ${index + 2}`, plan]),
    ['fat', baselines.fat],
    ['thin', baselines.thin],
  ];
  const text =
    (value: (plan: Plan) => string) =>
    ([, plan]: [string, Plan | null]) =>
      plan === null ? '–' : value(plan);
  return [
    bold(`${formatPlural(items, 'item')} on ${formatPlural(cores, 'core')}: ${describeGroups(best.groups)}`),
    '',
    formatTable(
      rows,
      [
        { title: '', value: ([name]) => name },
        { title: '⟨i,t,b⟩', value: text((plan) => formatTuples(plan.groups)) },
        { title: 'cores', align: 'right', value: text((plan) => String(plan.cores)) },
        { title: 'predicted', align: 'right', value: text((plan) => formatMs(plan.predictedMs)) },
        { title: 'L', align: 'right', value: text((plan) => formatMs(plan.latencyMs)) },
        { title: 'items/s', align: 'right', value: text((plan) => formatNumber(plan.itemsPerSecond)) },
        {
          title: 'best is faster',
          align: 'right',
          value: text((plan) => `${formatRatio(plan.predictedMs / best.predictedMs)}×`),
        },
        { title: 'cells', value: text((plan) => (plan.fitted ? 'fitted' : 'measured')) },
      ],
      width,
    ),
    '',
    `from ${table.measured} measured and ${table.fitted} fitted cells; \`thinfer try\` runs it for real`,
  ].join('\n');
}
