import type { Checked, Finding, FoundCell, Rule } from '../check/index.ts';
import { formatPlural } from '../report/format.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What was checked, for the first line. */
interface Extent {
  readonly tables: number;
  readonly rules: number;
  /** Whether notes are shown, or only counted. */
  readonly notes: boolean;
}

/** The findings for a terminal: how many first, then each with its cell, its arithmetic and what would fit. */
export function describeChecked({ findings, notes }: Checked, extent: Extent, terminal: Terminal): string {
  const count = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const extents = `${formatPlural(extent.tables, 'table')}, ${formatPlural(extent.rules, 'rule')}`;
  const first =
    findings.length === 0
      ? `${extents}: nothing found`
      : `${extents}: ${formatPlural(findings.length, 'finding')}, ${count('impossible')} impossible and ${count('implausible')} implausible`;
  const hidden =
    notes.length > 0 && !extent.notes
      ? [
          terminal.dim(
            `${formatPlural(notes.length, 'note')} of what rounding or noise may explain: --notes shows them`,
          ),
        ]
      : [];
  const shown = extent.notes ? [...findings, ...notes] : findings;
  return [terminal.bold(first), ...shown.map((finding) => describe(finding, terminal)), ...hidden].join(
    '\n\n',
  );
}

function describe(
  { rule, severity, cells, text, expected, count }: Finding,
  { bold, dim }: Terminal,
): string {
  const [first] = cells;
  const more = count > 1 ? dim(` (${count} cells)`) : '';
  return [
    `${bold(severity)} ${rule}: ${first.table}, ${where(first)}${more}`,
    `  ${text}`,
    ...(expected === null ? [] : [`  would fit: ${expected}`]),
  ].join('\n');
}

const where = ({ line, place, column, value }: FoundCell): string =>
  `${line === null ? place : `line ${line}`}, "${column}" ${value}`;

/** The rules, for a terminal. */
export function describeRules(rules: readonly Rule[], { width }: Terminal): string {
  return formatTable(
    rules,
    [
      { title: 'rule', value: ({ name }) => name },
      { title: 'severity', value: ({ severity }) => severity },
      { title: 'finds', value: ({ about }) => about },
    ],
    width,
  );
}
