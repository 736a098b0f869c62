import type { Field } from './csv.ts';
import { dataTable, figure } from './figure.ts';
import { formatNumber } from './format.ts';
import { html, type Markup } from './html.ts';
import type { LoadFigure } from './load-figure.ts';
import { pictureLinks } from './load-picture.ts';

/** A figure of a load page with its pictures and its data as links and as a table. */
export async function drawFigure(one: LoadFigure): Promise<Markup> {
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
