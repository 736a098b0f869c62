import { judgeRun, summarise } from '../load/index.ts';
import {
  type LoggedRun,
  type MlperfRun,
  openLogs,
  type PreparedRun,
  prepareRun,
  runMlperf,
  writeLogs,
} from '../load/mlperf/index.ts';
import type { LoadFlags } from './load-flags.ts';
import { loadToJson } from './load-json.ts';
import { factsOf, writeRecords } from './load-report.ts';
import type { OpenedTarget } from './load-target.ts';
import { describeProgress, formatSummary } from './load-text.ts';
import { mlperfToJson } from './mlperf-json.ts';
import { mlperfModel, mlperfSettings } from './mlperf-settings.ts';
import { mlperfVerdict, verdictLines } from './mlperf-text.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** The prepared requests are the samples; as many fit into memory as there are. */
const libraryOf = ({ payloads }: OpenedTarget): PreparedRun['library'] => ({
  totalCount: payloads,
  performanceCount: payloads,
});

/**
 * `thinfer load … --scenario`: a run by MLPerf's rules. Prints the verdict with the numbers of any run, and gives the exit status: 1 where the run is
 * not valid or a `--fail-if` failed, 4 where nothing was answered, 130 after an interrupt.
 */
export async function mlperfLoad(
  opened: OpenedTarget,
  flags: LoadFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const name = flags.scenario ?? 'server';
  const prepared = prepareRun(mlperfSettings(flags, name), libraryOf(opened));
  if (flags.mlperfLog !== undefined) await openLogs(flags.mlperfLog);
  terminal.progress.begin('load');
  const made = await runMlperf(prepared, {
    target: opened.target,
    warmupMs: flags.warmup,
    window: flags.connections,
    deadlineMs: flags.deadline ?? null,
    timeoutMs: flags.timeout,
    signal,
    onProgress: (progress) =>
      terminal.progress.show({ text: describeProgress(progress), share: progress.share }),
  });
  const loop = asLoop(flags, prepared);
  const open = name === 'server';
  const summary = summarise(made.run, opened.itemsOf, open);
  const verdict = judgeRun(made.run, summary, flags.failIf, { open });
  const ruled = mlperfVerdict(opened.names.model, name, prepared, made);
  const document = {
    ...loadToJson(loop, opened, made.run, summary, verdict),
    mlperf: mlperfToJson(mlperfModel(flags), prepared, made),
  };
  terminal.print(
    terminal.json
      ? JSON.stringify(document, null, 2)
      : formatSummary(ruled.headline, summary, verdict, terminal, verdictLines(ruled)),
  );
  // After the answer, so that a full disk does not take it along.
  if (flags.mlperfLog !== undefined) await writeLogs(flags.mlperfLog, loggedRun(opened, prepared, made));
  const { run } = made;
  const { itemsOf } = opened;
  const finished = { run, itemsOf, facts: factsOf(loop, opened), summary, verdict, document, ruled };
  for (const file of flags.out) await writeRecords(file, finished);
  if (flags.report !== undefined)
    await (await import('./load-page.ts')).writeLoadPage(flags.report, finished);
  return exitStatus(made, verdict.passed);
}

/** The scenario in the words of a run without one: the server's is an open loop, the others are clients that wait. */
function asLoop(flags: LoadFlags, { settings, queries }: PreparedRun): LoadFlags {
  if (settings.scenario === 'Server') return { ...flags, rate: settings.targetQps };
  return { ...flags, concurrency: Math.min(queries.samplesPerQuery, flags.connections) };
}

function exitStatus({ run, result }: MlperfRun, passed: boolean): number {
  if (run.interrupted) return 130;
  if (result.sampleCount === 0) return 4;
  return result.valid && passed ? 0 : 1;
}

function loggedRun({ names }: OpenedTarget, prepared: PreparedRun, made: MlperfRun): LoggedRun {
  const [start, set, queries] = prepared.madeMs;
  const ns = (ms: number): number => Math.round((ms - start) * 1e6);
  const { startedAt, endMs } = made.run;
  return {
    ...prepared,
    version: `thinfer ${version()}, by the rules of LoadGen 6.0.17`,
    sutName: names.url === null ? names.model : `${names.model} at ${names.url}`,
    libraryName: 'inputs made by thinfer',
    record: made.record,
    result: made.result,
    setNs: [0, ns(set)],
    queriesNs: [ns(set), ns(queries)],
    startNs: ns(made.startMs),
    endNs: ns(made.startMs + endMs),
    startedAt,
    logStartMs: startedAt.getTime() - (made.startMs - start),
  };
}
