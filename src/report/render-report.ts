import { answerSection } from './answer.ts';
import { detailsSection } from './details.ts';
import { downloadsSection } from './downloads.ts';
import { evidenceSection } from './evidence.ts';
import { html } from './html.ts';
import { machineSection } from './machine-section.ts';
import { renderPage } from './page.ts';
import { servingSection } from './serving-section.ts';
import type { ReportData } from './types.ts';

/** The report as one self-contained HTML page without scripts; equal data gives equal bytes. */
export function renderReport(data: ReportData): string {
  return renderPage({
    title: `${data.model.name} on ${data.machine.cpuModel} · thinfer`,
    sections: html`${answerSection(data)}
${evidenceSection(data)}
${servingSection(data)}
${machineSection(data.machine)}
${detailsSection(data)}
${downloadsSection(data)}`,
    versions: data.versions,
    madeAt: data.madeAt,
  });
}
