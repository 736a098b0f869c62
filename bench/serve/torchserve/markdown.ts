import {
  formatBytes,
  formatInterval,
  formatNumber,
  formatRatio,
  formatTuples,
} from '../../../src/report/index.ts';
import type { ServedResult, ServingLoad, ServingModel } from '../../../src/report/serving-result.ts';

/** The results of a model as a table for a document. */
export function markdownOf({ sets, loads }: ServingModel): string {
  const named = new Map(sets.map((set) => [set.name, set]));
  const rows = loads.flatMap((load) =>
    load.results.map((result) => {
      const { server, configuration, isPlan, groups, pssBytes } = named.get(result.set)!;
      const { itemsPerSecond, p50Ms, p99Ms, overPeer, overBaseline, rounds } = result;
      const foreign = rounds.map(({ foreignShare }) => Math.round(100 * foreignShare));
      return [
        ...[loadWords(load), server],
        `${configuration}${isPlan ? ' = plan' : ''} ${formatTuples(groups)}`,
        ...[itemsPerSecond, p50Ms, p99Ms].map(formatNumber),
        ...[times(overPeer), times(overBaseline)],
        `${Math.min(...foreign)}–${Math.max(...foreign)} %`,
        pssBytes === null ? '–' : formatBytes(pssBytes),
      ];
    }),
  );
  const head = [
    ...['load', 'server', '⟨i,t,b⟩', 'items/s', 'p50, ms', 'p99, ms'],
    ...['over TorchServe, same set', 'over TorchServe, fat', 'others took', 'memory'],
  ];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function loadWords(load: ServingLoad): string {
  if (load.loop === 'open') return `${formatNumber(load.rate)} items/s`;
  return `${load.concurrency} client${load.concurrency === 1 ? '' : 's'}`;
}

function times(over: ServedResult['overPeer']): string {
  if (over === null) return '–';
  return `${formatRatio(over.ratio)}× (${formatInterval(over.interval, formatRatio)})`;
}
