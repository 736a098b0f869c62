import { show, showLike } from '../arithmetic.ts';
import { joinSheets } from '../join-sheets.ts';
import { makeFinding } from '../make-finding.ts';
import { isOne, type Pair, type Relation, relationsOf } from '../relations.ts';
import { isAlike } from '../sheet.ts';
import type { CheckCell, Finding, Rule, Sheet } from '../types.ts';

/** Of the same runs, throughput = items of a batch / average latency. */
export const throughputAndLatency: Rule = {
  name: 'throughput-and-latency',
  severity: 'impossible',
  about: 'a throughput that is not items over latency of the same population',
  check: (sheets) =>
    [...sheets, ...joinSheets(sheets)].flatMap((sheet) =>
      sheet.columns.length === 0 ? [] : checkSheet(sheet),
    ),
};

/** Beyond it, two cells of a table that keeps another relation do not belong together. */
const leastOff = 0.15;
/** Logarithmic spread of a relation that all rows of a table keep. */
const tight = 0.03;

function checkSheet(sheet: Sheet): Finding[] {
  const relations = relationsOf(sheet);
  const byThroughput = Map.groupBy(relations, ({ pairs }) => pairs[0]!.throughput.column);
  return [
    ...relations.flatMap((relation) => broken(relation, relations)),
    ...[...byThroughput.values()].flatMap(cellsOff),
  ];
}

/**
 * A table whose average latency is another population's than its throughput: one finding, as no cell is to blame. It can't
 * be only where another statistic of the same latencies does fit; otherwise runs may overlap, or items be counted otherwise.
 */
function broken({ pairs, centre, spread }: Relation, relations: readonly Relation[]): Finding[] {
  const off = pairs.filter((pair) => !isOne(pair));
  const [{ throughput, latency, batch, items, ratio }] = [off[0] ?? pairs[0]!];
  if (latency.column.statistic !== 'average' || off.length * 2 <= pairs.length) return [];
  // So many instances or devices at once are no error, where every row says the same.
  const isMultiple = pairs.every((pair) => Math.abs(pair.ratio / Math.round(centre) - 1) < 0.02);
  // And where no batch is told, how many items a run had can't be known.
  if ((isWhole(centre) && isMultiple && !isThousand(centre)) || batch === null) return [];
  const others = relations.filter(
    (other) =>
      other.pairs[0]!.throughput.column === throughput.column &&
      other.pairs[0]!.latency.column !== latency.column &&
      isAlike(other.pairs[0]!.latency.column, latency.column),
  );
  const isNearOne = (pair: Pair): boolean => Math.abs(pair.ratio - 1) < 0.05;
  const fitting = others.find((other) => other.pairs.filter(isNearOne).length * 2 > other.pairs.length);
  // Up to a factor that is the same in all rows, which the average's isn't.
  const steady = others.find((other) => other.spread < Math.min(tight, spread / 2));
  const isUnit = steady === undefined && spread < tight && isThousand(centre);
  const nameOf = ({ pairs: [pair] }: Relation): string => JSON.stringify(pair!.latency.column.name);
  const why =
    fitting !== undefined
      ? `; it is batch / ${nameOf(fitting)} within 5 % in most rows`
      : steady !== undefined
        ? `; it keeps to batch / ${nameOf(steady)}, up to a factor of ${show(steady.centre)}`
        : isUnit
          ? `; a factor of ${centre > 1 ? '1,000' : '1/1,000'} in every row: is one of the units another?`
          : '; runs that overlap, or items of another kind, would explain that';
  const ratios = off.map((pair) => pair.ratio);
  const text = `throughput is not batch / average latency in ${off.length} of ${pairs.length} rows (throughput × latency / batch is ${show(Math.min(...ratios))} to ${show(Math.max(...ratios))}): ${throughput.text} × ${show(latency.value)} ms / ${show(items)} = ${show(ratio)}, not 1${why}`;
  const severity =
    fitting !== undefined ? 'impossible' : steady !== undefined || isUnit ? 'implausible' : 'note';
  const finding = makeFinding(
    { ...throughputAndLatency, severity },
    cellsOf(latency, throughput, batch),
    text,
    severity === 'note' ? null : showLike((1000 * items) / throughput.value, latency),
  );
  return [{ ...finding, count: off.length }];
}

/** Whether a factor is that between neighbouring units. */
const isThousand = (value: number): boolean => Math.abs(Math.abs(Math.log10(value)) - 3) < 0.01;

const isWhole = (value: number): boolean =>
  Math.round(value) > 1 && Math.abs(value / Math.round(value) - 1) < 0.01;

/** More rows than this share are no exceptions, but of another kind. */
const mostOff = 0.25;

/** In a table whose throughputs keep a relation to a latency, the cells that don't; that of the average is one by definition. */
function cellsOff(relations: readonly Relation[]): Finding[] {
  const average = relations.find(({ pairs }) => pairs[0]!.latency.column.statistic === 'average');
  if (average !== undefined && average.pairs.filter(isOne).length * 2 > average.pairs.length) {
    const off = average.pairs.filter((pair) => !isOne(pair));
    const isFew = off.length <= Math.max(1, average.pairs.length * mostOff);
    return off.map((pair) => describe(pair, 1, isFew ? 'impossible' : 'note'));
  }
  const [tightest] = relations.toSorted((a, b) => a.spread - b.spread);
  if (tightest === undefined || tightest.pairs.length < 5 || tightest.spread > tight) return [];
  const isOff = ({ ratio }: Pair): boolean => Math.abs(Math.log(ratio / tightest.centre)) > leastOff;
  const off = tightest.pairs.filter(isOff);
  if (off.length > Math.max(1, tightest.pairs.length * mostOff)) return [];
  return off.map((pair) => describe(pair, tightest.centre, 'implausible'));
}

function describe(
  { throughput, latency, batch, items, ratio }: Pair,
  centre: number,
  severity: Finding['severity'],
): Finding {
  const rate = (items * 1000) / latency.value;
  const others = centre === 1 ? '' : `, ${show(centre)} in the other rows`;
  const text = `${show(items)} items / ${show(latency.value)} ms = ${show(rate)} items/s, not ${throughput.text} (throughput × latency / items = ${show(ratio)}${others})`;
  const expected = showLike(throughput.value * (centre / ratio), throughput);
  return makeFinding(
    { ...throughputAndLatency, severity },
    cellsOf(throughput, latency, batch),
    text,
    expected,
  );
}

const cellsOf = (
  first: CheckCell,
  second: CheckCell,
  batch: CheckCell | null,
): [CheckCell, ...CheckCell[]] => [...([first, second] as const), ...(batch === null ? [] : [batch])];
