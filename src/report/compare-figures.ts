import type { ComparedCell } from '../compare/index.ts';
import { compareForestChart } from './compare-forest-chart.ts';
import { compareHeatChart } from './compare-heat-chart.ts';
import type { ComparePageData } from './compare-page-data.ts';
import { areSameRuns, cellName, formatExactShare, ratioWords } from './compare-words.ts';
import { safeName } from './downloads.ts';
import { formatCount, formatPlural, formatRatio } from './format.ts';
import type { LoadFigure } from './load-figure.ts';
import { distinct } from './series.ts';

/** More rows than these can't be read at one glance. */
const mostRows = 40;
/** More series than these are in the table only. */
const mostSeries = 24;

/** More batches, or numbers of threads, than these make a map that nobody can look at. */
const mostLines = 48;

/** Cells that agree in everything but threads and batch. */
interface CellSeries {
  /** What tells it from the other series. */
  readonly name: string;
  readonly cells: readonly ComparedCell[];
}

/** Each series as a map of ratios and, where cells were judged, as a row of intervals. */
export function compareFigures(data: ComparePageData): LoadFigure[] {
  return seriesOfCells(data.comparison.cells)
    .slice(0, mostSeries)
    .flatMap((series, index) => {
      const forest = forestFigure(series, index, data);
      return [heatFigure(series, index, data), ...(forest === null ? [] : [forest])];
    });
}

/** Series by what tells them apart, in the order of their first cells. */
export function seriesOfCells(cells: readonly ComparedCell[]): CellSeries[] {
  const groups = [...Map.groupBy(cells, ({ columns }) => JSON.stringify(columns)).values()];
  const columns = Object.keys(cells[0]?.columns ?? {});
  const telling = columns.filter((column) => new Set(groups.map(([cell]) => cell!.columns[column])).size > 1);
  return groups.map((own) => ({
    name: telling.map((column) => wordsOf(column, own[0]!.columns[column] ?? '')).join(', '),
    cells: own,
  }));
}

const wordsOf = (column: string, value: string): string =>
  column === 'benchmark' || column === 'mode' ? value : `${column} ${value === '' ? '–' : value}`;

function heatFigure({ name, cells }: CellSeries, index: number, data: ComparePageData): LoadFigure {
  const drawn = thinOut(cells);
  return {
    id: `ratios-${index + 1}`,
    file: fileOf('ratios', name, data),
    title: titleOf(name, cells),
    subtitle: `Latency of B (${data.b.label}) over that of A (${data.a.label}), over threads × batch; above 1, B is slower`,
    note: noteOf(cells, drawn),
    foot: footOf(data),
    chart: (width) => compareHeatChart(drawn, width),
    columns: [
      { name: 'threads', head: 'threads' },
      { name: 'batch', head: 'batch' },
      { name: 'a_ms', head: 'A, ms' },
      { name: 'b_ms', head: 'B, ms' },
      { name: 'ratio', head: 'B over A' },
      { name: 'verdict', head: 'verdict' },
    ],
    rows: drawn.map((cell) => [
      cell.threads,
      cell.batch,
      cell.a,
      cell.b,
      cell.ratio,
      cell.obstacle ?? cell.verdict,
    ]),
  };
}

function forestFigure({ name, cells }: CellSeries, index: number, data: ComparePageData): LoadFigure | null {
  const judged = cells.filter(({ interval }) => interval !== null);
  if (judged.length === 0) return null;
  const farthest = judged.toSorted((x, y) => distanceOf(y) - distanceOf(x)).slice(0, mostRows);
  const shown = judged.filter((cell) => farthest.includes(cell)).toSorted((x, y) => y.ratio! - x.ratio!);
  return {
    id: `intervals-${index + 1}`,
    file: fileOf('intervals', name, data),
    title: `${name === '' ? 'How' : `${name}: how`} sure the ratios are`,
    subtitle: `Ratio and interval of each cell; all intervals hold at once with ${formatExactShare(1 - data.alpha)}`,
    note:
      shown.length < judged.length
        ? `Of ${judged.length} cells the ${shown.length} whose intervals lie farthest from 1; all stand in the table below.`
        : null,
    foot: footOf(data),
    chart: (width) => compareForestChart({ cells: shown, threshold: data.threshold }, width),
    columns: [
      { name: 'threads', head: 'threads' },
      { name: 'batch', head: 'batch' },
      { name: 'ratio', head: 'B over A' },
      { name: 'low', head: 'from' },
      { name: 'high', head: 'to' },
      { name: 'visits_a', head: 'visits of A' },
      { name: 'visits_b', head: 'visits of B' },
    ],
    rows: shown.map(({ threads, batch, ratio, interval, visitsA, visitsB }) => [
      threads,
      batch,
      ratio,
      interval![0],
      interval![1],
      visitsA,
      visitsB,
    ]),
  };
}

/** How far an interval lies from no difference: negative where it holds it. */
function distanceOf({ interval }: ComparedCell): number {
  const [low, high] = interval!;
  return Math.max(Math.log(low), -Math.log(high));
}

function titleOf(name: string, cells: readonly ComparedCell[]): string {
  const shown = cells.filter(({ verdict }) => verdict === 'slower' || verdict === 'faster');
  const judged = cells.filter(({ interval }) => interval !== null).length;
  const ratios = cells.flatMap(({ ratio }) => ratio ?? []);
  const prefix = name === '' ? '' : `${name}: `;
  if (areSameRuns({ cells })) return `${prefix}the same runs in A and B`;
  if (judged === 0)
    return ratios.length === 0
      ? `${prefix}no cell has a ratio`
      : `${prefix}ratios from ${formatRatio(Math.min(...ratios))} to ${formatRatio(Math.max(...ratios))}, without a verdict`;
  if (shown.length === 0) return `${prefix}no difference shown in ${formatPlural(judged, 'cell')}`;
  const most = shown.toSorted((x, y) => Math.abs(Math.log(y.ratio!)) - Math.abs(Math.log(x.ratio!)))[0]!;
  const slower = shown.filter(({ verdict }) => verdict === 'slower').length;
  const parts = [
    ...(slower > 0 ? [`${slower} slower`] : []),
    ...(shown.length > slower ? [`${shown.length - slower} faster`] : []),
  ];
  return `${prefix}${parts.join(', ')} of ${judged}; most at ${cellName(most)}, ${ratioWords(most.ratio!)}`;
}

/** Where a grid is too large for a map, cells of evenly chosen batches and threads; the first and the last stay. */
function thinOut(cells: readonly ComparedCell[]): readonly ComparedCell[] {
  const kept = (lineOf: (cell: ComparedCell) => number): Set<number> => {
    const all = distinct(cells.map(lineOf));
    const every = Math.max(1, (all.length - 1) / (mostLines - 1));
    return new Set(
      all.length <= mostLines
        ? all
        : Array.from({ length: mostLines }, (_, line) => all[Math.round(line * every)]!),
    );
  };
  const batches = kept(({ batch }) => batch);
  const threads = kept((cell) => cell.threads);
  return cells.filter((cell) => batches.has(cell.batch) && threads.has(cell.threads));
}

function noteOf(all: readonly ComparedCell[], cells: readonly ComparedCell[]): string {
  const has = (test: (cell: ComparedCell) => boolean): boolean => cells.some(test);
  return [
    'Framed: the difference was shown.',
    ...(has(({ verdict }) => verdict === 'not comparable') ? ['Dashed: without a verdict.'] : []),
    ...(has(({ obstacle }) => obstacle === 'disturbed') ? ['Hollow dot: disturbed.'] : []),
    ...(has(({ obstacle }) => obstacle?.startsWith('only') === true) ? ['A or B: only there.'] : []),
    ...(has(({ obstacle }) => obstacle === 'same runs') ? ['=: the same runs in A and B.'] : []),
    ...(has(({ obstacle }) => obstacle?.startsWith('failed') === true) ? ['×: failed.'] : []),
    ...(cells.length < all.length
      ? [`${formatPlural(cells.length, 'cell')} of ${formatCount(all.length)} are drawn.`]
      : []),
  ].join(' ');
}

const fileOf = (what: string, name: string, { a, b }: ComparePageData): string =>
  ['compare', safeName(a.label), safeName(b.label), ...(name === '' ? [] : [safeName(name)]), what]
    .join('-')
    .slice(0, 150);

function footOf({ a, b, madeAt, versions }: ComparePageData): string {
  return `A: ${a.text} · B: ${b.text} · thinfer compare ${versions['thinfer'] ?? ''} · ${madeAt.slice(0, 10)}`;
}
