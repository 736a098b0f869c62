import { allRules } from './rules/index.ts';
import type { Finding, FoundCell, Rule, Sheet } from './types.ts';

/** What rules say of tables. */
export interface Checked {
  /** Impossible ones first, each kind by table and line. */
  readonly findings: readonly Finding[];
  /** Worth a look, and no finding: what noise or rounding may explain. */
  readonly notes: readonly Finding[];
}

/** Checks tables together: some rules compare one with another. @param rules Default: all. */
export function checkSheets(sheets: readonly Sheet[], rules: readonly Rule[] = allRules): Checked {
  const order = new Map(sheets.map(({ name }, index) => [name, index]));
  const all = rules.flatMap((rule) => collapse(rule.check(sheets))).sort((a, b) => compare(a, b, order));
  return {
    findings: all.filter(({ severity }) => severity !== 'note'),
    notes: all.filter(({ severity }) => severity === 'note'),
  };
}

/** As many findings of one rule in one column are one: it is the column, or how it was made, that is wrong. */
const fewest = 6;

function collapse(findings: readonly Finding[]): Finding[] {
  const groups = Map.groupBy(findings, ({ rule, severity, cells: [{ table, column }] }) =>
    JSON.stringify([rule, severity, table, column]),
  );
  return [...groups.values()].flatMap((group) => (group.length < fewest ? group : [together(group)]));
}

function together(group: readonly Finding[]): Finding {
  const [first] = group as [Finding];
  const cells = group.map(({ cells }) => cells[0]) as [FoundCell, ...FoundCell[]];
  const count = group.reduce((sum, one) => sum + one.count, 0);
  return {
    ...first,
    cells,
    count,
    text: `${first.text}; and likewise in ${group.length - 1} more cells of this column`,
  };
}

const severities = ['impossible', 'implausible', 'note'];

function compare(a: Finding, b: Finding, order: ReadonlyMap<string, number>): number {
  const [first] = a.cells;
  const [second] = b.cells;
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    (order.get(first.table) ?? 0) - (order.get(second.table) ?? 0) ||
    (first.line ?? 0) - (second.line ?? 0)
  );
}
