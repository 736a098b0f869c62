import type { Field } from './csv.ts';
import { safeName } from './downloads.ts';
import { dataTable, figure } from './figure.ts';
import { formatNumber } from './format.ts';
import { html, type Markup } from './html.ts';
import { distributionFigure } from './load-distribution-figure.ts';
import type { FigureSource, LoadFigure } from './load-figure.ts';
import { flowFigure } from './load-flow-figure.ts';
import { overTimeFigure } from './load-over-time-figure.ts';
import type { LoadPageData } from './load-page-data.ts';
import { pictureLinks } from './load-picture.ts';
import { rateFigure } from './load-rate-figure.ts';
import { slipFigure, slipOverTimeFigure } from './load-slip-figures.ts';

/** The charts of a run, as far as there is something to draw. */
export async function loadFigures(data: LoadPageData): Promise<Markup> {
  const source: FigureSource = { foot: footOf(data), base: safeName(data.model) };
  const { latencyMs } = data.summary;
  const hasWindows = data.evidence.windows.some(({ p50Ms }) => p50Ms !== null);
  const figures = [
    ...(hasWindows ? [overTimeFigure(data, source)] : []),
    flowFigure(data, source),
    ...(latencyMs === null ? [] : [distributionFigure(data, source)]),
    ...(data.evidence.byRate === null ? [] : [rateFigure(data, source, data.evidence.byRate)]),
    ...(data.evidence.slip === null || data.evidence.slip.length === 0
      ? []
      : [slipFigure(data, source, data.evidence.slip), slipOverTimeFigure(data, source)]),
  ];
  return html`${await Promise.all(figures.map(drawn))}`;
}

async function drawn(one: LoadFigure): Promise<Markup> {
  const links = await pictureLinks(one);
  const columns = one.columns.map(({ head }) => ({ head, numeric: true }));
  const cell = (field: Field): string =>
    field === null ? '–' : typeof field === 'number' ? formatNumber(field) : String(field);
  return figure({
    id: one.id,
    title: one.title,
    subtitle: one.subtitle,
    note: one.note ?? null,
    foot: html`${one.foot} · ${links}`,
    chart: one.chart,
    table: dataTable(
      one.title,
      columns,
      one.rows.map((row) => row.map(cell)),
    ),
  });
}

function footOf({ versions, generatorCpu, countedFrom }: LoadPageData): string {
  return `Source: thinfer load ${versions['thinfer'] ?? ''} · generator on ${generatorCpu} · ${countedFrom.slice(0, 10)}`;
}
