/**
 * Colours as CSS variables, so that one SVG serves light and dark. Configurations are Okabe and Ito's colours, a little
 * darker or lighter where the page asks for it; batches run along a cut of matplotlib's magma, cells along slate blue.
 * Both are monotone in lightness, hence readable by colour-blind readers and in grey print.
 */

type Pair = readonly [light: string, dark: string];

const pairs = {
  page: ['#ffffff', '#14171b'],
  surface: ['#f5f6f8', '#1c2026'],
  line: ['#d5dae0', '#343b44'],
  ink: ['#1a1e23', '#eae8e3'],
  muted: ['#59626d', '#a2abb6'],
  grid: ['#e6e9ed', '#282e36'],
  ideal: ['#a6aeb8', '#5c6672'],
  plan: ['#0072b2', '#56b4e9'],
  fat: ['#d55e00', '#f0863c'],
  thin: ['#009e73', '#2cc295'],
  default: ['#77808b', '#98a2ae'],
  other: ['#b1659a', '#d993bf'],
} as const satisfies Record<string, Pair>;

const batches: readonly Pair[] = [
  ['#ee6a4c', '#a93b86'],
  ['#e2555a', '#bd4480'],
  ['#d04467', '#d04f77'],
  ['#bb3874', '#e15b6b'],
  ['#a3307d', '#ed6e60'],
  ['#8b2981', '#f5845f'],
  ['#742181', '#fa9b68'],
  ['#5d177f', '#fcb277'],
  ['#471078', '#fdc98c'],
  ['#331067', '#fddfa6'],
  ['#1d1147', '#fcf4c4'],
];

const cells: readonly Pair[] = [
  ['#e9f0f5', '#1f2a33'],
  ['#cddde8', '#253a4a'],
  ['#abc6d8', '#2b4c63'],
  ['#84abc4', '#34617e'],
  ['#6297b8', '#5494b6'],
  ['#376f93', '#82b5d0'],
  ['#174d70', '#b8dbec'],
];

/** Text on the cells: dark on light ones. */
const cellInks: readonly Pair[] = cells.map((_, step) => [
  step < 5 ? '#14202b' : '#ffffff',
  step < 4 ? '#f1f4f6' : '#0c161e',
]);

/** Names of the colours that stand for one thing each. */
export type Paint = keyof typeof pairs;

/** The CSS colour of a thing. */
export function paint(name: Paint): string {
  return `var(--${name})`;
}

/** The colour of the batch at `index` of `count`, small to large. */
export function batchPaint(index: number, count: number): string {
  const last = batches.length - 1;
  return `var(--b${count < 2 ? last : Math.round((index * last) / (count - 1))})`;
}

/** Fill and text of a cell whose value lies at `share` (0 … 1) between the smallest and the largest. */
export function cellPaint(share: number): { readonly fill: string; readonly ink: string } {
  const step = Math.min(cells.length - 1, Math.max(0, Math.floor(share * cells.length)));
  return { fill: `var(--c${step})`, ink: `var(--ci${step})` };
}

function variables(): [string, Pair][] {
  return [
    ...Object.entries(pairs),
    ...batches.map((pair, index): [string, Pair] => [`b${index}`, pair]),
    ...cells.map((pair, index): [string, Pair] => [`c${index}`, pair]),
    ...cellInks.map((pair, index): [string, Pair] => [`ci${index}`, pair]),
  ];
}

/** The style sheet that gives every variable its value; print is always light. */
export function themeCss(): string {
  const block = (side: 0 | 1): string =>
    variables()
      .map(([name, pair]) => `--${name}:${pair[side]}`)
      .join(';');
  return `:root{color-scheme:light dark;${block(0)}}@media screen and (prefers-color-scheme:dark){:root{${block(1)}}}`;
}

/** An SVG with its colours written in, for use outside of a page. */
export function bakeColours(svg: string, scheme: 'light' | 'dark'): string {
  const values = new Map(variables().map(([name, pair]) => [name, pair[scheme === 'light' ? 0 : 1]]));
  return svg.replace(/var\(--([a-z0-9]+)\)/g, (whole, name: string) => values.get(name) ?? whole);
}
