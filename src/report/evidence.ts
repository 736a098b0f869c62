import { html, type Markup } from './html.ts';
import { cellsFigure, memoryFigure, scalabilityFigures } from './profile-figures.ts';
import { modesOf } from './series.ts';
import { busyFigure, configurationsFigure } from './trial-figures.ts';
import type { ReportData } from './types.ts';

/** The figures, in the order of the questions: which set wins, where the time goes, how the model scales. */
export function evidenceSection(data: ReportData): Markup {
  const [mode, second] = modesOf(data);
  return html`<section id="evidence" class="figures" aria-label="Evidence">
${configurationsFigure(data)}${busyFigure(data)}${mode && scalabilityFigures(data, mode)}${cellsFigure(data)}${mode && memoryFigure(data, mode)}
${second && html`<details class="full more"><summary>The same curves with the other cores busy</summary><div class="figures">${scalabilityFigures(data, second)}</div></details>`}
</section>`;
}
