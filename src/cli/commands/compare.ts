import { type ComparePageData, compareCsv, compareJson, renderCompare } from '../../report/index.ts';
import { parseWhere } from '../../table/index.ts';
import { wordedWhere } from '../compare-columns.ts';
import { type CompareFlags, compareSchema } from '../compare-flags.ts';
import { compareReportFile } from '../compare-report-file.ts';
import { compareSides } from '../compare-run.ts';
import { parseSide } from '../compare-side-name.ts';
import { openSide } from '../compare-sides.ts';
import { describeComparison } from '../compare-text.ts';
import { parseFlags } from '../flags.ts';
import type { ReportFiles } from '../report-files.ts';
import { openTerminal } from '../terminal.ts';
import { writeWhole } from '../write-whole.ts';

/** `thinfer compare A B`: two runs, machines, versions or settings over a whole grid. */
export async function compareCommand(nameA: string, nameB: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(compareSchema, rawFlags);
  const terminal = openTerminal(flags);
  const both = wordedWhere(parseWhere(flags.where));
  const names = [nameA, nameB].map((text) => parseSide(text, flags.project, both));
  const a = await openSide(names[0]!, flags.project, terminal);
  const b = await openSide(names[1]!, flags.project, terminal);
  const data = compareSides(a, b, flags);
  const files = await writePage(
    data,
    flags.out ?? compareReportFile(flags.project, { a, b, vary: flags.vary }),
  );
  terminal.print(
    terminal.json
      ? JSON.stringify({ ...data, report: files.html, passed: passes(data, flags) }, null, 2)
      : describeComparison(data, files.html, terminal),
  );
  if (!passes(data, flags)) process.exitCode = 1;
}

async function writePage(data: ComparePageData, html: string): Promise<ReportFiles> {
  const base = html.replace(/\.html?$/i, '');
  const files = { html, csv: `${base}.csv`, json: `${base}.json` };
  writeWhole(files.html, await renderCompare(data));
  writeWhole(files.csv, compareCsv(data));
  writeWhole(files.json, compareJson(data));
  return files;
}

function passes({ comparison }: ComparePageData, { failOn }: CompareFlags): boolean {
  if (failOn === 'never') return true;
  if (comparison.regressions > 0) return false;
  return failOn === 'slower' || comparison.counts['not comparable'] === 0;
}
