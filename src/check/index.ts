export { type Checked, checkSheets } from './check-sheets.ts';
export { allRules } from './rules/index.ts';
export { sheetOfLatencies, sheetOfResults } from './sheet.ts';
export { sheetsOfPoints } from './sheet-of-points.ts';
export type { Finding, FoundCell, Rule, Severity, Sheet } from './types.ts';
