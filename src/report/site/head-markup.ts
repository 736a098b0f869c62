import { html, type Markup, trusted } from '../html.ts';
import { type PageHead, topOf } from './site-page.ts';

/** More sentences than these are set small. */
const mostLarge = 3;

/** A number and its percent sign stay on one line. */
const unbroken = (text: string): string => text.replaceAll(' %', '\u00a0%');

/** The top of a page: the way back, what it is of, and what was found. */
export function headMarkup(path: string, { kicker, title, findings }: PageHead): Markup {
  const list = findings.map((finding) => html`<li>${unbroken(finding)}</li>`);
  return html`<header><p class="back"><a href="${topOf(path)}index.html">All models and machines</a></p>
<p class="kicker">${kicker}</p>
<h1>${unbroken(title)}</h1>
${list.length > 0 && html`<ul class="findings${trusted(list.length > mostLarge ? '' : ' lede')}">${list}</ul>`}</header>`;
}
