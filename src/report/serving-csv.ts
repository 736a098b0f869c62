import { csvField, type Field } from './csv.ts';
import { formatGroups } from './format.ts';
import type { ServingData } from './types.ts';

const head = [
  ...['model', 'loop', 'concurrency', 'rate', 'server', 'configuration', 'is_plan', 'groups', 'engine'],
  ...['items_per_second', 'p50_ms', 'p99_ms', 'answers', 'failed', 'generator_kept_up'],
  ...[
    'over_peer',
    'over_peer_low',
    'over_peer_high',
    'over_baseline',
    'over_baseline_low',
    'over_baseline_high',
  ],
  ...['pairs', 'pss_bytes', 'processes', 'measured_at'],
];

/** One row per server, configuration and load, as RFC 4180 has it; `over_…` are times as fast. */
export function servingCsv({ model, madeAt }: ServingData): string {
  const sets = new Map(model.sets.map((one) => [one.name, one]));
  const rows = model.loads.flatMap((load) =>
    load.results.map((result): Field[] => {
      const set = sets.get(result.set)!;
      const { overPeer, overBaseline } = result;
      return [
        ...[model.name, load.loop],
        load.loop === 'closed' ? load.concurrency : null,
        load.loop === 'open' ? load.rate : null,
        ...[set.server, set.configuration, set.isPlan, formatGroups(set.groups), set.engine],
        ...[result.itemsPerSecond, result.p50Ms, result.p99Ms, result.answers, result.failed],
        result.generatorKeptUp,
        ...[overPeer?.ratio ?? null, ...(overPeer?.interval ?? [null, null])],
        ...[overBaseline?.ratio ?? null, ...(overBaseline?.interval ?? [null, null])],
        ...[overBaseline?.pairs ?? overPeer?.pairs ?? null, set.pssBytes, set.processes, madeAt],
      ];
    }),
  );
  return [head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}
