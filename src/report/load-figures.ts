import { safeName } from './downloads.ts';
import { drawFigure } from './draw-figure.ts';
import { html, type Markup } from './html.ts';
import { distributionFigure } from './load-distribution-figure.ts';
import { type FigureSource, loadFoot } from './load-figure.ts';
import { flowFigure } from './load-flow-figure.ts';
import { overTimeFigure } from './load-over-time-figure.ts';
import type { LoadPageData } from './load-page-data.ts';
import { rateFigure } from './load-rate-figure.ts';
import { slipFigure, slipOverTimeFigure } from './load-slip-figures.ts';

/** The charts of a run, as far as there is something to draw. */
export async function loadFigures(data: LoadPageData): Promise<Markup> {
  const source: FigureSource = { foot: loadFoot(data), base: safeName(data.model) };
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
  return html`${await Promise.all(figures.map(drawFigure))}`;
}
