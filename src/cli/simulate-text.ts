import { formatTuples } from '../plan/index.ts';
import { formatCount, formatMs, formatNumber } from '../report/format.ts';
import { mean, quantile, sortSamples } from '../stats/index.ts';
import type { SimulateFlags } from './simulate-flags.ts';
import type { PolicyResult } from './simulate-policies.ts';
import { countedMs, type PolicyRun } from './simulate-set.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What came of a policy, in numbers. */
export interface PolicyFigures {
  readonly answered: number;
  readonly refused: number;
  /** Null: nothing was answered. */
  readonly latencyMs: Readonly<Record<'mean' | 'p50' | 'p90' | 'p99' | 'max', number>> | null;
  /** Of all cores' time. */
  readonly busyShare: number;
  readonly batches: number;
}

/** Counts a policy's answers and sums up their latencies. */
export function figuresOf({ result }: PolicyResult, run: PolicyRun): PolicyFigures {
  const { busyMs, endMs, batches } = result;
  const latencyMs = countedMs(result, run);
  const sorted = sortSamples(latencyMs.filter((ms) => !Number.isNaN(ms)));
  const at = (share: number): number => quantile(sorted, share);
  return {
    answered: sorted.length,
    refused: latencyMs.length - sorted.length,
    latencyMs:
      sorted.length === 0
        ? null
        : { mean: mean(sorted), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1)! },
    busyShare: busyMs / (run.cores * endMs),
    batches,
  };
}

/** The document of `thinfer simulate --json`; its fields are in docs/json.md. */
export function simulatedToJson(
  flags: SimulateFlags,
  run: PolicyRun,
  results: readonly PolicyResult[],
): object {
  const { stream, cores, deadlineMs } = run;
  return {
    cores,
    load: {
      arrivals: flags.arrivals.text,
      rate: flags.rate ?? null,
      items: flags.items,
      requests: stream.arrivedMs.length,
      durationMs: stream.arrivedMs[stream.arrivedMs.length - 1],
      warmupMs: run.warmupMs,
      deadlineMs,
      seed: flags.seed,
    },
    policies: results.map((one) => ({
      name: one.name,
      groups: one.groups,
      ...figuresOf(one, run),
      changes: one.changes,
    })),
  };
}

/** Policies side by side. */
export function describeSimulated(
  flags: SimulateFlags,
  run: PolicyRun,
  results: readonly PolicyResult[],
  terminal: Terminal,
): string {
  const { stream, cores } = run;
  const count = stream.arrivedMs.length;
  const seconds = stream.arrivedMs[count - 1]! / 1000;
  const rows = results.map((one) => ({ ...one, ...figuresOf(one, run) }));
  const right = 'right' as const;
  const ms = (name: 'mean' | 'p50' | 'p99' | 'max') => ({
    title: `${name}, ms`,
    align: right,
    value: ({ latencyMs }: (typeof rows)[number]) =>
      latencyMs === null ? '–' : formatNumber(latencyMs[name]),
  });
  const table = formatTable(
    rows,
    [
      { title: 'policy', value: ({ name }) => name },
      {
        title: 'set',
        value: ({ groups, changes }) =>
          changes.length === 0 ? formatTuples(groups) : `${formatCount(changes.length)} changes`,
      },
      ...[ms('mean'), ms('p50'), ms('p99'), ms('max')],
      { title: 'no answer', align: right, value: ({ refused }) => formatCount(refused) },
      { title: 'cores busy', align: right, value: ({ busyShare }) => `${formatNumber(100 * busyShare)} %` },
    ],
    terminal.width,
  );
  const head = `${formatCount(count)} requests in ${formatMs(seconds * 1000)} on ${cores} cores, ${flags.arrivals.text}`;
  const changes = results
    .filter((one) => one.changes.length > 0)
    .slice(0, 1)
    .flatMap(({ name, changes: made }) => [
      '',
      `${name}:`,
      ...made
        .slice(0, 12)
        .map(
          ({ decidedMs, groups, reason }) => `  ${formatMs(decidedMs)}  ${formatTuples(groups)}: ${reason}`,
        ),
      ...(made.length > 12 ? [`  and ${formatCount(made.length - 12)} more: --json`] : []),
    ]);
  return [terminal.bold(head), '', table, ...changes].join('\n');
}
