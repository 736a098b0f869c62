import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import {
  type CaseRegret,
  type PlanningCase,
  type Simulation,
  simulateAdaptive,
} from '../plan/adaptive/index.ts';
import { type Cell, solve } from '../plan/index.ts';
import { formatCount, formatPlural } from '../report/format.ts';
import { openTable } from '../store/index.ts';
import { parseWhere, selectSeries } from '../table/index.ts';
import { count, countOrZero, parseFlags } from './flags.ts';
import { planSchema, strangeToTables } from './plan-flags.ts';
import { type Column, formatTable } from './table.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** `0.03` or `3%`: a relative standard deviation below 1. */
const noise = z.string().transform((text, context) => {
  const [, number, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim()) ?? [];
  const value = Number(number ?? Number.NaN) / (percent === '%' ? 100 : 1);
  if (value >= 0 && value < 1) return value;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a relative deviation from 0 to below 1, such as 0.03 or 3%`,
  });
  return z.NEVER;
});

const simulateSchema = planSchema.extend({
  simulateAdaptive: z.boolean().default(false),
  noise: noise.optional(),
  seed: countOrZero.optional(),
  measurements: count.optional(),
});
type SimulateFlags = z.output<typeof simulateSchema>;

/** Whether these flags, as commander gives them, ask for a replay. */
export const asksToSimulate = (rawFlags: Readonly<Record<string, unknown>>): boolean =>
  ['simulateAdaptive', 'noise', 'seed', 'measurements'].some((name) => rawFlags[name] !== undefined);

/** `thinfer plan --table FILE --simulate-adaptive`: how good the plans of an adaptive profile are, replayed on a full table. */
export function simulateCommand(words: readonly string[], rawFlags: Readonly<Record<string, unknown>>): void {
  const flags = parseFlags(simulateSchema, rawFlags);
  const { file, cores } = checkSimulateFlags(words, flags);
  const series = selectSeries(openTable(file, flags.project), parseWhere(flags.where));
  const cells = series.cells.map(
    ({ threads, batch, latencyMs }): Cell => ({ threads, batch, latencyMs, fitted: false }),
  );
  const items = flags.items ?? [16];
  const cases = cores.flatMap((T) => items.map((B): PlanningCase => ({ cores: T, items: B })));
  checkCases(file, cells, cases);
  const { measurements, noise, seed } = flags;
  const replay = simulateAdaptive({ cells, cases, measurements, noise, seed });
  const terminal = openTerminal(flags);
  terminal.print(
    terminal.json ? JSON.stringify(replay, null, 2) : describeSimulation(replay, flags.noise ?? 0, terminal),
  );
}

/** What goes together. Throws `usage` with every contradiction at once. */
function checkSimulateFlags(
  words: readonly string[],
  flags: SimulateFlags,
): { readonly file: string; readonly cores: readonly number[] } {
  const { table, cores } = flags;
  const given = (is: boolean, flag: string): string[] => (is ? [flag] : []);
  const alone = [
    ...given(flags.noise !== undefined, '--noise'),
    ...given(flags.seed !== undefined, '--seed'),
    ...given(flags.measurements !== undefined, '--measurements'),
  ].join(', ');
  const strange = [
    ...given(flags.goal !== 'latency', `--goal ${flags.goal}`),
    ...given(flags.latency !== undefined, '--latency'),
    ...given(flags.rate !== undefined, '--rate'),
    ...given(flags.price !== undefined, '--price'),
    ...given(flags.memory.bytes !== undefined, '--memory'),
    ...given(flags.nodes !== undefined, '--nodes'),
    ...given(flags.instancesPerNode !== undefined, '--instances-per-node'),
    ...given(flags.equal, '--equal'),
    ...given(flags.largestBatch !== undefined, '--largest-batch'),
    ...given(flags.policy !== 'exact', `--policy ${flags.policy}`),
    ...given(flags.cells === 'fitted', '--cells fitted'),
  ];
  const problems = flags.simulateAdaptive
    ? [
        ...given(
          table === undefined,
          '--simulate-adaptive: replays a full table; name one with --table FILE',
        ),
        ...given(words.length > 0, `--simulate-adaptive: replays a table, not the model ${words.join(', ')}`),
        ...given(cores === undefined, '--simulate-adaptive: the number of cores is missing: --cores T'),
        ...given(
          strange.length > 0,
          `--simulate-adaptive: asks for the latency of items on cores, not for ${strange.join(', ')}`,
        ),
        ...strangeToTables(flags),
      ]
    : [`${alone}: only with --simulate-adaptive`];
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), { remedy: 'see --help for what goes together' });
  return { file: table!, cores: cores! };
}

/** Throws `no-plan` with every case that even the full table has no plan for. */
function checkCases(file: string, cells: readonly Cell[], cases: readonly PlanningCase[]): void {
  const refused = cases.filter(({ cores, items }) => solve(cells, cores, items) === null);
  if (refused.length === 0) return;
  const names = refused.map(({ cores, items }) => `${items} items on ${formatPlural(cores, 'core')}`);
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  throw new ThinferError('no-plan', `${file}: no set of instances holds ${shown.join('; ')}`, {
    remedy: 'leave out those cases, or choose a table with larger batches',
  });
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

function describeSimulation(
  { cells, measured, cases, meanRegret, maxRegret }: Simulation,
  noise: number,
  { bold, width }: Terminal,
): string {
  const columns: Column<CaseRegret>[] = [
    { title: 'cores', align: 'right', value: ({ cores }) => String(cores) },
    { title: 'items', align: 'right', value: ({ items }) => formatCount(items) },
    { title: 'regret', align: 'right', value: ({ regret }) => percent(regret) },
  ];
  const noisy = noise > 0 ? `, each with ${percent(noise)} of noise` : '';
  return [
    bold(`${formatPlural(measured, 'measurement')} instead of ${formatPlural(cells, 'cell')}${noisy}`),
    '',
    formatTable(cases, columns, width),
    '',
    `Plans are ${percent(meanRegret)} slower than the best of the full table in the mean, ${percent(maxRegret)} at most.`,
  ].join('\n');
}
