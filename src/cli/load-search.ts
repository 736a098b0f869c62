import { type FoundRate, findRate, type SearchStep } from '../load/index.ts';
import { formatNumber } from '../report/format.ts';
import { defaultLoadMs, type LoadFlags } from './load-flags.ts';
import { requestsToJson } from './load-json.ts';
import { defaultPrecision } from './load-search-flags.ts';
import { formatSearch, searchNotes } from './load-search-text.ts';
import { type OpenedTarget, runOptions } from './load-target.ts';
import { describeProgress } from './load-text.ts';
import type { Terminal } from './terminal.ts';

/** Where a search begins unless `--rate` says otherwise, in requests per second. */
const defaultStart = 10;

/**
 * `thinfer load … --find-rate`: searches the highest rate that holds the limits, and prints it with its steps. Gives the exit status: 1 where not even
 * the lowest rate holds, 4 where nothing was answered at all, 130 after an interrupt.
 */
export async function searchLoad(
  opened: OpenedTarget,
  flags: LoadFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  let text = '';
  const found = await findRate({
    run: {
      ...runOptions(opened, flags, signal),
      onProgress: (progress) =>
        terminal.progress.show({ text: `${text}: ${describeProgress(progress)}`, share: progress.share }),
    },
    itemsOf: opened.itemsOf,
    arrivals: flags.arrivals.shape,
    durationMs: flags.duration ?? defaultLoadMs,
    warmupMs: flags.warmup,
    seed: flags.seed,
    limits: flags.limit,
    startRate: flags.rate ?? defaultStart,
    precision: flags.precision ?? defaultPrecision,
    onStep: (rate, number) => {
      text = `step ${number}, ${formatNumber(rate)} requests/s`;
      terminal.progress.begin('load');
    },
  });
  const document = searchToJson(flags, opened, found);
  terminal.print(
    terminal.json ? JSON.stringify(document, null, 2) : formatSearch(flags, opened, found, terminal),
  );
  if (flags.report !== undefined)
    await (await import('./search-page.ts')).writeSearchPage(flags.report, {
      opened,
      flags,
      found,
      document,
    });
  return exitStatus(found);
}

function exitStatus({ ended, rate, steps }: FoundRate): number {
  if (ended === 'interrupted') return 130;
  if (rate !== null) return 0;
  return steps.every(({ summary }) => summary.latencyMs === null) ? 4 : 1;
}

/** The document of `thinfer load --find-rate --json`; its fields are in docs/json.md. */
function searchToJson(flags: LoadFlags, opened: OpenedTarget, found: FoundRate): object {
  return {
    target: opened.names,
    load: {
      arrivals: flags.arrivals.text,
      stepMs: flags.duration ?? defaultLoadMs,
      ...requestsToJson(flags, opened),
    },
    limits: found.limits.map(({ text }) => text),
    precision: flags.precision ?? defaultPrecision,
    startedAt: found.startedAt.toISOString(),
    rate: found.rate,
    failedRate: found.failedRate,
    ended: found.ended,
    steps: found.steps.map(stepToJson),
    notes: searchNotes(found),
  };
}

function stepToJson({ rate, repeated, state, why, generatorKeptUp, summary }: SearchStep): object {
  const { sent, sentPerSecond, answersPerSecond, goodputPerSecond, counts, latencyMs, slipMs } = summary;
  return {
    rate,
    repeated,
    state,
    why,
    generatorKeptUp,
    sent,
    sentPerSecond,
    answersPerSecond,
    goodputPerSecond,
    outcomes: counts,
    latencyMs,
    slipMs,
  };
}
