import { answerSection } from './answer.ts';
import { detailsSection } from './details.ts';
import { downloadsSection } from './downloads.ts';
import { evidenceSection } from './evidence.ts';
import { html, trusted } from './html.ts';
import { machineSection } from './machine-section.ts';
import { pageStyle } from './page-style.ts';
import { themeCss } from './theme.ts';
import type { ReportData } from './types.ts';

/** What the page may load: nothing. Also keeps markup that slipped through from doing anything. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The report as one self-contained HTML page without scripts; equal data gives equal bytes. */
export function renderReport(data: ReportData): string {
  const title = `${data.model.name} on ${data.machine.cpuModel} · thinfer`;
  const versions = Object.entries(data.versions).map(([name, version]) => `${name} ${version}`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(themeCss())}${trusted(pageStyle)}</style>
</head>
<body><main>
${answerSection(data)}
${evidenceSection(data)}
${machineSection(data.machine)}
${detailsSection(data)}
${downloadsSection(data)}
<footer>Made by ${versions.join(', ')} on ${data.madeAt}. This page loads nothing and runs no script.</footer>
</main></body>
</html>
`.text;
}
