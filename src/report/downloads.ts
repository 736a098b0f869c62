import { gzipSync } from 'node:zlib';
import { reportCsv } from './csv.ts';
import { formatBytes } from './format.ts';
import { html, type Markup } from './html.ts';
import { reportJson } from './json.ts';
import { servingCsv } from './serving-csv.ts';
import type { ReportData } from './types.ts';

/** From this size on a download is packed, so that the page stays light. */
const packFromBytes = 48_000;

/** Links that hold the data themselves: CSV of all points, JSON of everything; big ones packed with gzip. */
export function downloadsSection(data: ReportData): Markup {
  const base = `thinfer-${safeName(data.model.name)}`;
  return html`<section id="downloads"><h2>The data</h2><p>${downloadLink(`${base}.csv`, 'text/csv', reportCsv(data))} a row per point · ${data.serving && html`${downloadLink(`${base}-serving.csv`, 'text/csv', servingCsv(data.serving))} a row per server and load · `}${downloadLink(`${base}.json`, 'application/json', reportJson(data))} everything on this page</p></section>`;
}

/** A link that holds a file itself; a big one packed with gzip. */
export function downloadLink(name: string, type: string, content: string): Markup {
  const plain = Buffer.from(content, 'utf8');
  const isPacked = plain.length >= packFromBytes;
  const bytes = isPacked ? gzipSync(plain, { level: 9 }) : plain;
  const fileName = isPacked ? `${name}.gz` : name;
  const href = `data:${isPacked ? 'application/gzip' : type};base64,${bytes.toString('base64')}`;
  return html`<a download="${fileName}" href="${href}">${fileName}</a> (${formatBytes(bytes.length)})`;
}

/** A model's name as part of a file name: anything but letters, digits, dot, dash and underscore becomes a dash. */
export function safeName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '') || 'model';
}
