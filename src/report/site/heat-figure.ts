import type { Field } from '../csv.ts';
import { dataTable } from '../figure.ts';
import { formatNumber } from '../format.ts';
import { html } from '../html.ts';
import { type HeatInput, heatChart } from './heat-chart.ts';
import type { Axis } from './line-figure.ts';
import { type FigureFrame, framed, type SiteFigure } from './site-figure.ts';

/** What a figure of tiles is made from. */
export interface HeatFigureInput extends HeatInput, FigureFrame {
  readonly column: Axis;
  readonly row: Axis;
  readonly value: Axis;
  readonly unit: string;
  readonly isAlone?: boolean;
}

/** A heat map with its table and CSV. */
export function heatFigure(input: HeatFigureInput): SiteFigure {
  const { columns, rows, tiles, column, row, value, format = formatNumber } = input;
  const byPlace = new Map(tiles.map((tile) => [`${tile.column} ${tile.row}`, tile]));
  return {
    ...framed(input),
    marks: 'tiles',
    isAlone: input.isAlone ?? columns.length > 12,
    chart: (width) => heatChart(input, width),
    titles: tiles.map(
      (tile) =>
        `${column.words} ${tile.column}, ${row.words} ${tile.row}: ${format(tile.value)}${input.unit}${tile.trusted ? '' : ', disturbed'}`,
    ),
    table: dataTable(
      `${input.title}. ${value.words}, by ${row.words} and ${column.words}`,
      [{ head: row.words, numeric: true }, ...columns.map((head) => ({ head, numeric: true }))],
      rows.map((name) => [
        name,
        ...columns.map((head) => {
          const tile = byPlace.get(`${head} ${name}`);
          if (tile === undefined) return '–';
          return tile.trusted ? format(tile.value) : html`○ ${format(tile.value)}`;
        }),
      ]),
    ),
    columns: [row, column, value, { column: 'trusted', words: 'trusted' }].map((one) => ({
      name: one.column,
      head: one.words,
    })),
    rows: tiles.map((tile): Field[] => [tile.row, tile.column, tile.value, tile.trusted]),
  };
}
