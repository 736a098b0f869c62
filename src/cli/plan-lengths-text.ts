import {
  formatTuples,
  type HandSet,
  type LengthPlan,
  type LengthsAnswer,
  type RangeSet,
} from '../plan/index.ts';
import { formatMs, formatNumber, formatPercent, formatPlural, formatRatio } from '../report/format.ts';
import { type Column, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** An answer with the model and the dimension it is for: what `--json` prints. */
export type LengthsDocument = LengthsAnswer & { readonly model: string; readonly dim: string };

/** The sets of the best plan as a table, and what one set for all and a split by hand would give. */
export function describeLengths(
  answer: LengthsDocument,
  split: readonly HandSet[] | null,
  { bold, width }: Terminal,
): string {
  const { best, oneSet, goal, items, cores } = answer;
  const asked = goal === 'latency' ? formatPlural(items!, 'item') : 'most items/s';
  return [
    bold(
      `${asked} of ${answer.model} by ${answer.dim} on ${formatPlural(cores, 'core')}: ${outcome(answer, best)}`,
    ),
    '',
    setsTable(best, answer, width),
    '',
    oneSet === null
      ? `No single set for all lengths will do.`
      : best.sets.length === 1
        ? `One set for all lengths is the best.`
        : `One set for all, padded to ${answer.ranges.at(-1)!.upTo}: ${formatTuples(oneSet.sets[0]!.plan.groups)}, ${outcome(answer, oneSet)}; the split is ${gain(answer, answer.speedup.oneSet)}.`,
    ...splitLines(answer, split, width),
    '',
    `${best.fitted ? 'some cells are fitted' : 'all cells are measured'}; each at the length that its set pads to`,
  ].join('\n');
}

function splitLines(answer: LengthsDocument, split: readonly HandSet[] | null, width: number): string[] {
  if (split === null) return [];
  const name = split.map(({ upTo, cores }) => `${upTo}:${cores}`).join(',');
  if (answer.split === null) return [`The split ${name} can't hold its items on these cores.`];
  const { ratio, words } = { ratio: answer.speedup.split, words: outcome(answer, answer.split) };
  return [
    '',
    `Your split ${name}: ${words}; the best is ${gain(answer, ratio)}.`,
    '',
    setsTable(answer.split, answer, width),
  ];
}

function outcome({ goal }: LengthsAnswer, plan: LengthPlan): string {
  return goal === 'latency' ? formatMs(plan.predictedMs) : `${formatNumber(plan.itemsPerSecond)} items/s`;
}

function gain({ goal }: LengthsAnswer, ratio: number | null): string {
  return `${formatRatio(ratio ?? Number.NaN)} times as ${goal === 'latency' ? 'fast' : 'much'}`;
}

function setsTable(plan: LengthPlan, { dim, ranges, goal }: LengthsDocument, width: number): string {
  const firstOf = ({ lengths }: RangeSet): number => {
    const before = ranges.findLast(({ upTo }) => upTo < lengths[0]!);
    return (before?.upTo ?? 0) + 1;
  };
  const columns: Column<RangeSet>[] = [
    { title: dim, value: (set) => `${firstOf(set)}–${set.paddedTo}` },
    { title: 'share', align: 'right', value: ({ share }) => formatPercent(share) },
    { title: 'items', align: 'right', value: ({ items }) => String(items) },
    { title: 'cores', align: 'right', value: ({ plan: own }) => String(own.cores) },
    { title: '⟨i,t,b⟩', value: ({ plan: own }) => formatTuples(own.groups) },
    {
      title: goal === 'latency' ? 'predicted' : 'batch takes',
      align: 'right',
      value: ({ plan: own }) => formatMs(own.predictedMs),
    },
    { title: 'items/s', align: 'right', value: ({ plan: own }) => formatNumber(own.itemsPerSecond) },
    { title: 'cells', value: ({ plan: own }) => (own.fitted ? 'fitted' : 'measured') },
  ];
  return formatTable(plan.sets, columns, width);
}
