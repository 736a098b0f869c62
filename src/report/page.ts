import { type Content, html, trusted } from './html.ts';
import { pageStyle } from './page-style.ts';
import { themeCss } from './theme.ts';

/** What the page may load: nothing. Also keeps markup that slipped through from doing anything. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** A page. */
export interface PageOptions {
  readonly title: string;
  readonly sections: Content;
  /** Software that made it, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  /** A style sheet beside that of all pages. Default: none. */
  readonly style?: string;
}

/** One self-contained HTML page without scripts; equal input gives equal bytes. */
export function renderPage({ title, sections, versions, madeAt, style = '' }: PageOptions): string {
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(themeCss())}${trusted(pageStyle)}${trusted(style)}</style>
</head>
<body><main>
${sections}
<footer>Made by ${software.join(', ')} on ${madeAt}. This page loads nothing and runs no script.</footer>
</main></body>
</html>
`.text;
}
