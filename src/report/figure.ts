import { type Content, html, type Markup, trusted } from './html.ts';
import { type Chart, renderChart } from './render-chart.ts';
import type { ReportData } from './types.ts';

/** Widths, in CSS pixels, at which every chart is drawn: beside another one, and on a phone. */
export const widths = { wide: 528, phone: 358 } as const;

/** A chart with all that stands around it. */
export interface FigureOptions {
  readonly id: string;
  /** What was found. */
  readonly title: string;
  /** Measure and unit. */
  readonly subtitle: Content;
  /** What to know before comparing the values. */
  readonly note?: string | null;
  /** Source, machine, date. */
  readonly foot: Content;
  readonly chart: (width: number) => Chart;
  readonly table: Markup;
  /** Whether it has its row to itself. */
  readonly isAlone?: boolean;
}

/** A figure: finding, measure, the chart in two widths of which one shows, the source, and the data folded below. */
export function figure({ id, title, subtitle, note, foot, chart, table, isAlone }: FigureOptions): Markup {
  const wide = trusted(renderChart(chart(widths.wide)));
  const phone = trusted(renderChart(chart(widths.phone)));
  return html`<figure id="${id}"${isAlone && trusted(' class="full"')}>
<figcaption><h3>${title}</h3><p class="sub">${subtitle}</p>${note && html`<p class="note">${note}</p>`}</figcaption>
<div class="chart" role="img" aria-label="${title}. The data stand in the table below."><div class="wide" aria-hidden="true">${wide}</div><div class="phone" aria-hidden="true">${phone}</div></div>
<p class="foot">${foot}</p>
<details><summary>The data of this chart</summary>${table}</details>
</figure>`;
}

/** A figure's foot: where its numbers come from, the machine, the date; it stays with a picture of the figure. */
export function footOf(data: ReportData, source: string): string {
  const engine = data.points[0]?.settings.engine;
  const software = engine ? `${engine.name} ${engine.version}` : `thinfer ${data.versions['thinfer'] ?? ''}`;
  return `Source: ${source}, ${software} · ${data.machine.cpuModel} · ${data.madeAt.slice(0, 10)}`;
}

/** A column of a table: its head, and whether its cells are numbers. */
export interface Column {
  readonly head: string;
  readonly numeric?: boolean;
}

/** A table that scrolls sideways by itself where it is too wide. */
export function dataTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
): Markup {
  const cell = (content: Content, index: number): Markup =>
    columns[index]?.numeric ? html`<td class="n">${content}</td>` : html`<td>${content}</td>`;
  const head = ({ head: name, numeric }: Column): Markup =>
    numeric ? html`<th scope="col" class="n">${name}</th>` : html`<th scope="col">${name}</th>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${columns.map(head)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table></div>`;
}
