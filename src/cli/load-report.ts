import { randomUUID } from 'node:crypto';
import { accessSync, constants, createWriteStream, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ThinferError } from '../errors.ts';
import {
  csvOf,
  type LoadRun,
  type LoadSummary,
  type LoadVerdict,
  type MergedPart,
  type RunFacts,
} from '../load/index.ts';
import { makeFolder } from '../make-folder.ts';
import { formatCount, formatMs, formatNumber } from '../report/format.ts';
import type { GeneratorRow, RuledVerdict } from '../report/load-page-data.ts';
import { isOpen, type LoadFlags } from './load-flags.ts';
import type { OpenedTarget } from './load-target.ts';
import { describeArrivals } from './load-trace.ts';

/** A run with all that was computed of it, as its page and its files need it. */
export interface FinishedLoad {
  readonly run: LoadRun;
  readonly itemsOf: (payload: number) => number;
  readonly facts: RunFacts;
  readonly summary: LoadSummary;
  readonly verdict: LoadVerdict;
  /** What `--json` prints. */
  readonly document: object;
  /** Of a run by somebody's rules. */
  readonly ruled?: RuledVerdict;
  /** Of a merged run. */
  readonly parts?: readonly MergedPart[];
}

/** What to do where a page can't be written. */
export const pageRemedy = 'name another place for the page: --report FILE.html';

/** What a command line says of its run, for the records and the page. */
export function factsOf(flags: LoadFlags, { names, items }: OpenedTarget): RunFacts {
  const { url, protocol, model, version: modelVersion, instances } = names;
  return {
    ids: [randomUUID()],
    loop: isOpen(flags) ? 'open' : 'closed',
    model,
    deadlineMs: flags.deadline ?? null,
    generatorCpu: cpus()[0]?.model.trim() || 'an unknown CPU',
    settings: {
      target: url ?? 'in this process',
      protocol,
      ...(modelVersion === null ? {} : { 'model version': modelVersion }),
      ...(instances === null ? {} : { instances }),
      load: describeLoop(flags),
      'items of a request': items === null ? 'as in the trace' : items.map(formatCount).join(', '),
      'warm-up': formatMs(flags.warmup),
      deadline: flags.deadline === undefined ? 'none' : formatMs(flags.deadline),
      'time-out': formatMs(flags.timeout),
      'answers verified': flags.verify ? 'yes' : 'no',
      seed: String(flags.seed),
    },
  };
}

/** How requests come: `open loop, 100 requests/s poisson`. */
function describeLoop(flags: LoadFlags): string {
  const { rate, concurrency, think = 0 } = flags;
  if (concurrency !== undefined)
    return `closed loop of ${formatCount(concurrency)}${think > 0 ? `, thinking ${formatMs(think)}` : ''}`;
  return `open loop, ${rate === undefined ? '' : `${formatNumber(rate)} requests/s `}${describeArrivals(flags)}`;
}

/** Writes the requests of a run: `.csv` each of them, `.hdr` their latencies. */
export async function writeRecords(
  file: string,
  { run, itemsOf, facts }: Pick<FinishedLoad, 'run' | 'itemsOf' | 'facts'>,
): Promise<void> {
  const text = file.endsWith('.csv')
    ? csvOf(run, itemsOf, facts)
    : [(await import('../load/hdr-log.ts')).hdrLogOf(run)];
  await pipeline(Readable.from(text), createWriteStream(file));
}

/** Makes sure that a page can be written later, with its folder. Throws `storage` where it can't. */
export function claimPage(file: string): void {
  try {
    makeFolder(dirname(file));
    accessSync(dirname(file), constants.W_OK);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a folder');
  } catch (cause) {
    throw new ThinferError('storage', `${file} can't be written: ${ThinferError.from(cause).message}`, {
      remedy: pageRemedy,
      cause,
    });
  }
}

/** One generator's own numbers. */
export function generatorRow({ file, header, summary, verdict }: MergedPart): GeneratorRow {
  return {
    file,
    countedFrom: header.countedFrom,
    sent: summary.sent,
    p99Ms: summary.latencyMs?.p99 ?? null,
    slipP99Ms: summary.slipMs?.p99 ?? null,
    busyShare: header.busyShare,
    keptUp: verdict.generatorKeptUp,
  };
}
