import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  csvOf,
  defaultTolerance,
  hdrLogOf,
  judgeRun,
  type LoadProgress,
  type LoadRun,
  type LoadSummary,
  type Loop,
  runLoad,
  type Shape,
  summarise,
} from '../../load/index.ts';
import { formatCount, formatMs } from '../../report/format.ts';
import { parseFlags } from '../flags.ts';
import { isOpen, type LoadFlags, loadSchema } from '../load-flags.ts';
import { loadToJson } from '../load-json.ts';
import { type OpenedTarget, openTarget } from '../load-target.ts';
import { formatLoad } from '../load-text.ts';
import { onInterrupt } from '../session.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

const defaultDurationMs = 10_000;

/** `thinfer load URL`: drives a server and says how it answered. Exit status 1: a threshold failed; 4: nothing was answered. */
export async function loadCommand(url: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(loadSchema, rawFlags);
  const terminal = openTerminal(flags);
  // What can't be written is known before anything is sent.
  for (const file of flags.out) await writeFile(file, '');
  const opened = await openTarget(url, flags, terminal);
  const abort = new AbortController();
  const stopSignals = onInterrupt(() => abort.abort());
  try {
    const run = await drive(opened, flags, terminal, abort.signal);
    const open = isOpen(flags);
    const summary = summarise(run, opened.itemsOf, open);
    const verdict = judgeRun(run, summary, flags.failIf, { open });
    terminal.print(
      terminal.json
        ? JSON.stringify(loadToJson(url, flags, opened.items, run, summary, verdict), null, 2)
        : formatLoad(flags, summary, verdict, terminal),
    );
    // After the answer, so that a full disk does not take it along.
    for (const file of flags.out) await writeRun(file, run, opened);
    process.exitCode = exitStatus(run, summary, verdict.passed);
  } finally {
    stopSignals();
    opened.target.close();
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
  const { requests = Number.POSITIVE_INFINITY, warmup } = flags;
  const durationMs =
    flags.duration ?? (flags.requests === undefined ? ownDurationMs(flags) : Number.POSITIVE_INFINITY);
  const { tolerance = defaultTolerance.relative } = flags;
  terminal.progress.begin('load');
  return runLoad({
    ...opened,
    loop: loopOf(flags),
    extent: { warmupMs: warmup, durationMs, requests },
    seed: flags.seed,
    deadlineMs: flags.deadline ?? null,
    timeoutMs: flags.timeout,
    verify: flags.verify ? { ...defaultTolerance, relative: tolerance } : null,
    signal,
    onProgress: (progress) => terminal.progress.show({ text: describe(progress), share: progress.share }),
  });
}

/** Steps take their own time. */
function ownDurationMs({ arrivals: { shape } }: LoadFlags): number {
  if (shape.kind !== 'steps') return defaultDurationMs;
  return shape.steps.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

function loopOf(flags: LoadFlags): Loop {
  const { rate = 0, arrivals, concurrency = 1, think = 0 } = flags;
  if (!isOpen(flags)) return { kind: 'closed', concurrency, thinkMs: think };
  return { kind: 'open', shape: { rate, ...arrivals.shape } as Shape };
}

function describe({ sent, bad, pending, p99Ms }: LoadProgress): string {
  const p99 = p99Ms === null ? '' : `, p99 ${formatMs(p99Ms)}`;
  return `${formatCount(sent)} sent, ${formatCount(pending)} under way, ${formatCount(bad)} not ok${p99}`;
}

async function writeRun(file: string, run: LoadRun, { itemsOf }: OpenedTarget): Promise<void> {
  const text = file.endsWith('.csv') ? csvOf(run, itemsOf) : [hdrLogOf(run)];
  await pipeline(Readable.from(text), createWriteStream(file));
}
