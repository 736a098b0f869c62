type Pair = readonly [light: string, dark: string];

/**
 * The colours of thinfer's reports: told apart by colour-blind readers and in grey print. A test keeps them equal; this folder comes
 * before `report` and can't import it.
 */
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
  b0: ['#ee6a4c', '#a93b86'],
  b4: ['#a3307d', '#ed6e60'],
  b9: ['#331067', '#fddfa6'],
} as const satisfies Record<string, Pair>;

/** The style sheet that gives every variable its value; print is always light. */
export function themeCss(): string {
  const block = (side: 0 | 1): string =>
    Object.entries(pairs)
      .map(([name, pair]) => `--${name}:${pair[side]}`)
      .join(';');
  return `:root{color-scheme:light dark;${block(0)}}@media screen and (prefers-color-scheme:dark){:root{${block(1)}}}`;
}

/** All colours, light and dark, by name. */
export const themeColours: Readonly<Record<string, Pair>> = pairs;
