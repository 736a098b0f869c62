import { writeFile } from 'node:fs/promises';
import {
  judgeRun,
  type LoadRun,
  type LoadSummary,
  type Loop,
  runLoad,
  type Shape,
  spanOf,
  summarise,
} from '../../load/index.ts';
import { lowerHelpers } from '../../machine/index.ts';
import { parseFlags } from '../flags.ts';
import { defaultLoadMs, isOpen, type LoadFlags, loadSchema } from '../load-flags.ts';
import { loadToJson } from '../load-json.ts';
import { claimPage, factsOf, writeRecords } from '../load-report.ts';
import { type OpenedTarget, openTarget, runOptions } from '../load-target.ts';
import { describeProgress, formatLoad, progressRows } from '../load-text.ts';
import { openTrace } from '../load-trace.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

/**
 * `thinfer load URL`, or a model with `--in-process`: drives it and says how it answered. Exit status 1: a threshold failed, or no rate holds; 4:
 * nothing was answered.
 */
export async function loadCommand(url: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(loadSchema, rawFlags);
  const terminal = openTerminal(flags);
  lowerHelpers();
  // What can't be written is known before anything is sent.
  for (const file of flags.out) await writeFile(file, '');
  if (flags.report !== undefined) claimPage(flags.report);
  const open = flags.inProcess ? (await import('../load-in-process.ts')).openInProcess : openTarget;
  const opened = await open(url, flags, await openTrace(flags, terminal), terminal);
  const abort = new AbortController();
  const stopSignals = onInterrupt(() => abort.abort());
  try {
    if (flags.findRate) {
      const { searchLoad } = await import('../load-search.ts');
      process.exitCode = await searchLoad(opened, flags, terminal, abort.signal);
      return;
    }
    if (flags.scenario !== undefined) {
      const { mlperfLoad } = await import('../mlperf-load.ts');
      process.exitCode = await mlperfLoad(opened, flags, terminal, abort.signal);
      return;
    }
    const run = await drive(opened, flags, terminal, abort.signal);
    const summary = summarise(run, opened.itemsOf, isOpen(flags));
    const verdict = judgeRun(run, summary, flags.failIf, { open: isOpen(flags) });
    const document = loadToJson(flags, opened, run, summary, verdict);
    terminal.print(
      terminal.json
        ? JSON.stringify(document, null, 2)
        : formatLoad(opened.names.model, flags, summary, verdict, terminal),
    );
    // After the answer, so that a full disk does not take it along.
    const { itemsOf } = opened;
    const finished = { run, itemsOf, facts: factsOf(flags, opened), summary, verdict, document };
    for (const file of flags.out) await writeRecords(file, finished);
    if (flags.report !== undefined)
      await (await import('../load-page.ts')).writeLoadPage(flags.report, finished);
    process.exitCode = exitStatus(run, summary, verdict.passed);
  } finally {
    stopSignals();
    await opened.close();
    terminal.progress.end();
  }
}

function exitStatus({ interrupted }: LoadRun, { latencyMs }: LoadSummary, passed: boolean): number {
  if (interrupted) return 130;
  if (latencyMs === null) return 4;
  return passed ? 0 : 1;
}

function drive(
  opened: OpenedTarget,
  flags: LoadFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<LoadRun> {
  const { requests = Number.POSITIVE_INFINITY } = flags;
  const durationMs =
    flags.duration ??
    (flags.requests === undefined ? ownDurationMs(flags, opened) : Number.POSITIVE_INFINITY);
  terminal.progress.begin('load');
  return runLoad({
    ...runOptions(opened, flags, signal),
    loop: loopOf(flags, opened),
    extent: { warmupMs: flags.warmup, durationMs, requests },
    seed: flags.seed,
    onProgress: (progress) =>
      terminal.progress.show({
        text: describeProgress(progress),
        share: progress.share,
        rows: progressRows(progress),
      }),
  });
}

/** Steps and traces take their own time. */
function ownDurationMs({ arrivals: { shape } }: LoadFlags, { played }: OpenedTarget): number {
  if (played !== null) return played.dueMs.at(-1)! + 1;
  return shape.kind === 'steps' ? spanOf(shape.steps) : defaultLoadMs;
}

function loopOf(flags: LoadFlags, { played }: OpenedTarget): Loop {
  if (played !== null) return { kind: 'trace', played };
  const { rate = 0, arrivals, concurrency = 1, think = 0 } = flags;
  if (!isOpen(flags)) return { kind: 'closed', concurrency, thinkMs: think };
  return { kind: 'open', shape: { rate, ...arrivals.shape } as Shape };
}
