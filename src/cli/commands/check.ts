import { z } from 'zod';
import { allRules, type Checked, checkSheets, type Rule, type Sheet } from '../../check/index.ts';
import { ThinferError } from '../../errors.ts';
import { nearestName } from '../../table/index.ts';
import { type CheckedTable, checkedTables } from '../check-input.ts';
import { describeChecked, describeRules } from '../check-text.ts';
import { commonSchema, parseFlags } from '../flags.ts';
import { openTerminal } from '../terminal.ts';

export const checkSchema = commonSchema.extend({
  rule: z.array(z.string()).default([]),
  points: z.boolean().default(false),
  notes: z.boolean().default(false),
  rules: z.boolean().default(false),
});

/** The document of `--json`. */
interface CheckDocument extends Checked {
  readonly tables: readonly Omit<CheckedTable, 'sheet'>[];
  readonly rules: readonly string[];
  readonly impossible: number;
  readonly implausible: number;
}

/** `thinfer check [FILES-or-NAMES…]`: what in tables and points can't be, or hardly can. Exit status 1 with findings. */
export async function checkCommand(names: readonly string[], rawFlags: unknown): Promise<void> {
  const flags = parseFlags(checkSchema, rawFlags);
  const terminal = openTerminal(flags);
  const rules = chosenRules(flags.rule);
  if (flags.rules) {
    const listed = rules.map(({ name, severity, about }) => ({ name, severity, about }));
    terminal.print(flags.json ? JSON.stringify(listed, null, 2) : describeRules(rules, terminal));
    return;
  }
  const tables = checkedTables(names, flags);
  for (const { notices } of tables) for (const notice of notices) terminal.notice(notice);
  const sheets = tables.map(({ sheet }): Sheet => sheet);
  const checked = checkSheets(sheets, rules);
  const count = (severity: string): number =>
    checked.findings.filter((finding) => finding.severity === severity).length;
  const document: CheckDocument = {
    tables: tables.map(({ sheet, ...table }) => table),
    rules: rules.map(({ name }) => name),
    impossible: count('impossible'),
    implausible: count('implausible'),
    ...checked,
  };
  const text = flags.json
    ? JSON.stringify(document, null, 2)
    : describeChecked(checked, { tables: tables.length, rules: rules.length, notes: flags.notes }, terminal);
  terminal.print(text);
  if (checked.findings.length > 0) process.exitCode = 1;
}

function chosenRules(names: readonly string[]): readonly Rule[] {
  if (names.length === 0) return allRules;
  const known = allRules.map(({ name }) => name);
  const wanted = names.flatMap((name) => name.split(',')).map((name) => name.trim());
  const problems = wanted
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = nearestName(name, known);
      return `--rule: there is no rule ${JSON.stringify(name)}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
    });
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), { remedy: `rules: ${known.join(', ')}` });
  return allRules.filter(({ name }) => wanted.includes(name));
}
