import { resolve } from 'node:path';
import { ThinferError } from '../../errors.ts';
import { type LoadSummary, type LoadVerdict, summarise } from '../../load/index.ts';
import {
  judgeMerged,
  type MergedRun,
  mergeRuns,
  type RunRecords,
  readRecords,
} from '../../load/records/index.ts';
import { formatCount, formatMs, formatNumber, formatPercent, formatPlural } from '../../report/format.ts';
import { parseFlags } from '../flags.ts';
import { type LoadMergeFlags, loadMergeSchema } from '../load-merge-flags.ts';
import { claimPage, generatorRow, writeRecords } from '../load-report.ts';
import { formatSummary } from '../load-text.ts';
import { formatTable } from '../table.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

/** `thinfer load merge FILES`: the records of several generators as one run. Exit status 1: a threshold failed; 4: nothing was answered. */
export async function loadMergeCommand(files: readonly string[], rawFlags: unknown): Promise<void> {
  const flags = parseFlags(loadMergeSchema, rawFlags);
  const terminal = openTerminal(flags);
  checkOutputs(files, flags);
  const merged = mergeRuns(await readAll(files, terminal));
  if (flags.report !== undefined) claimPage(flags.report);
  const summary = summarise(merged.run, merged.itemsOf, merged.open);
  const verdict = judgeMerged(merged, summary, flags.failIf);
  const document = toJson(merged, summary, verdict);
  terminal.print(
    terminal.json
      ? JSON.stringify(document, null, 2)
      : formatSummary(
          headline(merged, summary),
          summary,
          verdict,
          terminal,
          generatorsTable(merged, terminal.width),
        ),
  );
  const finished = { ...merged, summary, verdict, document };
  for (const file of flags.out) await writeRecords(file, finished);
  if (flags.report !== undefined)
    await (await import('../load-page.ts')).writeLoadPage(flags.report, finished);
  process.exitCode = summary.latencyMs === null ? 4 : verdict.passed ? 0 : 1;
}

/** What is read is never written over. */
function checkOutputs(files: readonly string[], { out, report }: LoadMergeFlags): void {
  const inputs = new Set(files.map((file) => resolve(file)));
  const clashes = [...out, ...(report === undefined ? [] : [report])].filter((file) =>
    inputs.has(resolve(file)),
  );
  if (clashes.length === 0) return;
  throw new ThinferError(
    'usage',
    clashes.map((file) => `${file}: it is one of the files to merge`).join('\n'),
    {
      remedy: 'write to another file',
    },
  );
}

/** Reads every file, so that all problems are told at once. */
async function readAll(files: readonly string[], terminal: Terminal): Promise<RunRecords[]> {
  const read: RunRecords[] = [];
  const errors: ThinferError[] = [];
  terminal.progress.begin('read');
  for (const [index, file] of files.entries()) {
    terminal.progress.show({ text: file, share: index / files.length });
    try {
      read.push(await readRecords(file));
    } catch (error) {
      errors.push(ThinferError.from(error));
    }
  }
  terminal.progress.end();
  const [first] = errors;
  if (first === undefined) return read;
  if (errors.length === 1) throw first;
  throw new ThinferError(first.code, errors.map(({ message }) => message).join('\n'), {
    remedy: [...new Set(errors.map(({ remedy }) => remedy))].join('; '),
  });
}

/** The document of `thinfer load merge --json`; its fields are in docs/json.md. */
function toJson({ run, facts, parts }: MergedRun, summary: LoadSummary, verdict: LoadVerdict): object {
  return {
    model: facts.model,
    loop: facts.loop,
    deadlineMs: facts.deadlineMs,
    settings: facts.settings,
    generators: parts.map(generatorRow),
    countedFrom: run.startedAt.toISOString(),
    interrupted: run.interrupted,
    windowMs: summary.windowMs,
    sent: summary.sent,
    sentPerSecond: summary.sentPerSecond,
    outcomes: summary.counts,
    refusedWithRetryAfter: summary.retryAfter,
    errors: summary.kinds,
    answersPerSecond: summary.answersPerSecond,
    itemsPerSecond: summary.itemsPerSecond,
    goodputPerSecond: summary.goodputPerSecond,
    latencyMs: summary.latencyMs,
    slipMs: summary.slipMs,
    generatorsKeptUp: verdict.generatorKeptUp,
    perSecond: summary.perSecond,
    thresholds: verdict.thresholds,
    passed: verdict.passed,
    notes: verdict.notes,
  };
}

function headline({ facts, parts }: MergedRun, summary: LoadSummary): string {
  const who = `${formatPlural(parts.length, 'generator')}, ${facts.loop} loop`;
  if (summary.latencyMs === null) return `${facts.model}: no answer (${who})`;
  const good =
    facts.deadlineMs === null
      ? ''
      : `, ${formatNumber(summary.goodputPerSecond)}/s within ${formatMs(facts.deadlineMs)}`;
  return `${facts.model}: p99 ${formatMs(summary.latencyMs.p99)}, ${formatNumber(summary.answersPerSecond)} answers/s${good} (${who})`;
}

function generatorsTable({ parts }: MergedRun, width: number): string {
  const ms = (value: number | null): string => (value === null ? '–' : formatNumber(value));
  return formatTable(
    parts.map(generatorRow),
    [
      { title: 'generator', value: ({ file }) => file },
      { title: 'requests', align: 'right', value: ({ sent }) => formatCount(sent) },
      { title: 'p99 ms', align: 'right', value: ({ p99Ms }) => ms(p99Ms) },
      { title: 'slip p99 ms', align: 'right', value: ({ slipP99Ms }) => ms(slipP99Ms) },
      { title: 'busy', align: 'right', value: ({ busyShare }) => formatPercent(busyShare) },
      { title: 'kept up', value: ({ keptUp }) => (keptUp ? 'yes' : 'no') },
    ],
    width,
  );
}
