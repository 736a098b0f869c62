import { basename } from 'node:path';
import { formatMs } from '../report/format.ts';
import { renderSimulation } from '../report/index.ts';
import { pageRemedy } from './load-report.ts';
import { repeatCommand } from './repeat-command.ts';
import type { SimulateFlags } from './simulate-flags.ts';
import type { PolicyResult } from './simulate-policies.ts';
import type { PolicyRun } from './simulate-set.ts';
import { figuresOf } from './simulate-text.ts';
import { version } from './version.ts';
import { writeWhole } from './write-whole.ts';

/** A simulation with all that its page needs. */
export interface FinishedSimulation {
  /** The model, or the table. */
  readonly subject: string;
  readonly flags: SimulateFlags;
  readonly run: PolicyRun;
  readonly results: readonly PolicyResult[];
  /** What `--json` prints. */
  readonly document: object;
}

/** Writes the page of a simulation. Throws `storage` where that can't be. */
export async function writeSimulatePage(file: string, finished: FinishedSimulation): Promise<void> {
  const { subject, flags, run, results, document } = finished;
  const page = await renderSimulation({
    versions: { thinfer: version(), node: process.versions.node },
    madeAt: new Date().toISOString(),
    command: repeatCommand('simulate'),
    subject: basename(subject).replace(/\.(csv|onnx)$/, ''),
    arrivals:
      flags.rate === undefined ? flags.arrivals.text : `${flags.rate} requests/s ${flags.arrivals.text}`,
    settings: settingsOf(finished),
    ...{ cores: run.cores, warmupMs: run.warmupMs, stream: run.stream, document },
    policies: results.map((one) => ({
      ...figuresOf(one, run),
      ...{ name: one.name, groups: one.groups, changes: one.changes, batches: one.batches },
      answeredAfterMs: one.result.latencyMs,
    })),
  });
  writeWhole(file, page, pageRemedy);
}

function settingsOf({ subject, flags, run }: FinishedSimulation): Record<string, string> {
  const series = flags.where.length > 0 ? { series: flags.where.join(', ') } : {};
  return {
    ...{ 'latencies of': subject, ...series, cores: String(run.cores) },
    'largest batch': String(run.largestBatch),
    arrivals: flags.arrivals.text,
    'items of a request': flags.items?.length === 0 ? 'as in the trace' : (flags.items ?? [1]).join(', '),
    deadline: run.deadlineMs === null ? 'none' : formatMs(run.deadlineMs),
    'warm-up': formatMs(run.warmupMs),
    'the load is looked at every': formatMs(run.everyMs),
    'CPU time to start an instance': formatMs(run.loadCpuMs),
    'instances that can stand by': String(run.standby),
    seed: String(flags.seed),
  };
}
