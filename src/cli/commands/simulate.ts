import { ThinferError } from '../../errors.ts';
import { arrivalsOf, type Shape, spanOf } from '../../load/index.ts';
import { RandomStream } from '../../model/random.ts';
import { parseFlags } from '../flags.ts';
import { claimPage } from '../load-report.ts';
import { describeArrivals, type OpenedTrace, openTrace } from '../load-trace.ts';
import { planSchema } from '../plan-flags.ts';
import { openModelSource, openTableSource, type PlanSource } from '../plan-sources.ts';
import { type SimulateFlags, simulateSchema } from '../simulate-flags.ts';
import { runPolicy } from '../simulate-policies.ts';
import type { PolicyRun } from '../simulate-set.ts';
import { describeSimulated, simulatedToJson } from '../simulate-text.ts';
import { openTerminal } from '../terminal.ts';

const defaultDurationMs = 600_000;
const defaultPolicies = ['load', 'packrat', 'fat', 'thin', 'best-static'] as const;

/** `thinfer simulate MODEL` or `--table FILE`: hours of traffic on a machine one need not have, in seconds. */
export async function simulateCommand(
  name: string | undefined,
  rawFlags: Record<string, unknown>,
): Promise<void> {
  const flags = parseFlags(simulateSchema, rawFlags);
  const terminal = openTerminal(flags);
  // What can't be written is known before anything is simulated.
  if (flags.report !== undefined) claimPage(flags.report);
  const trace = await openTrace(flags, terminal);
  if ((trace?.trace.lengths ?? null) !== null && flags.length === undefined)
    terminal.notice(
      `${trace!.trace.name}: its lengths are not used; --length says at which one was measured`,
    );
  using source = await openSource(name, flags, rawFlags);
  const run = runOf(flags, source, trace);
  terminal.progress.begin('simulate');
  const policies = flags.policy.length > 0 ? flags.policy : defaultPolicies;
  const results = policies.map((policy, index) => {
    const text = typeof policy === 'string' ? policy : policy.text;
    terminal.progress.show({ text, share: index / policies.length });
    return runPolicy(policy, run);
  });
  terminal.progress.end();
  const shown = shownOf(flags, trace);
  const document = simulatedToJson(shown, run, results);
  terminal.print(
    terminal.json ? JSON.stringify(document, null, 2) : describeSimulated(shown, run, results, terminal),
  );
  if (flags.report === undefined) return;
  const { writeSimulatePage } = await import('../simulate-page.ts');
  await writeSimulatePage(flags.report, {
    subject: name ?? flags.table!,
    flags: shown,
    run,
    results,
    document,
  });
}

/** The flags as an answer tells them: a trace in the place of a shape, and of its own items none. */
function shownOf(flags: SimulateFlags, trace: OpenedTrace | null): SimulateFlags & { items: number[] } {
  const items = (trace?.trace.items ?? null) === null ? (flags.items ?? [1]) : [];
  return { ...flags, items, arrivals: { ...flags.arrivals, text: describeArrivals(flags) } };
}

async function openSource(
  name: string | undefined,
  flags: SimulateFlags,
  rawFlags: Record<string, unknown>,
): Promise<PlanSource> {
  if ((name === undefined) === (flags.table === undefined))
    throw new ThinferError('usage', 'simulate: name either a model or a table', {
      remedy: 'thinfer simulate MODEL, or thinfer simulate --table FILE --cores T',
    });
  const { items: _items, rate: _rate, policy: _policy, ...rest } = rawFlags;
  const planFlags = parseFlags(planSchema, rest);
  return flags.table === undefined
    ? openModelSource(name!, planFlags)
    : openTableSource(flags.table, planFlags);
}

function runOf(flags: SimulateFlags, source: PlanSource, trace: OpenedTrace | null): PolicyRun {
  const cores = flags.cores ?? source.defaultCores;
  if (cores === null)
    throw new ThinferError('usage', '--table: the number of cores is missing', { remedy: 'give --cores T' });
  const cells = source.cells(cores).filter(({ threads }) => threads <= cores);
  const largestBatch = flags.largestBatch ?? Math.max(0, ...cells.map(({ batch }) => batch));
  if (!cells.some(({ batch }) => batch <= largestBatch))
    throw new ThinferError('usage', `nothing is known of batches up to ${largestBatch} on ${cores} cores`, {
      remedy: 'give more cores, or a larger --largest-batch',
    });
  return {
    ...{ stream: streamOf(flags, trace), cells, cores, largestBatch },
    deadlineMs: flags.deadline ?? null,
    warmupMs: flags.warmup,
    everyMs: flags.interval,
    loadCpuMs: flags.loadCpu,
    standby: flags.standby ?? 2 * cores,
    keepsBatches: flags.report !== undefined,
  };
}

function streamOf(flags: SimulateFlags, trace: OpenedTrace | null): PolicyRun['stream'] {
  const { seed, items: sizes = [1] } = flags;
  const arrivedMs = trace?.dueMs ?? arrivalsIn(flags);
  const random = new RandomStream(seed, 'items');
  const own = trace?.trace.items ?? null;
  const items = Float64Array.from(
    arrivedMs,
    (_, at) => own?.[at] ?? sizes[random.nextInteger(0, sizes.length)]!,
  );
  const { length } = flags;
  const lengths = trace?.trace.lengths ?? null;
  if (length === undefined || lengths === null) return { arrivedMs, items };
  return { arrivedMs, items, lengths: Float64Array.from(lengths, (own) => own / length) };
}

function arrivalsIn(flags: SimulateFlags): Float64Array {
  const { arrivals, rate = 0, seed, requests = Number.POSITIVE_INFINITY } = flags;
  const durationMs =
    flags.duration ?? (flags.requests === undefined ? ownDurationMs(flags) : Number.POSITIVE_INFINITY);
  const shape = { rate, ...arrivals.shape } as Shape;
  const arrivedMs = arrivalsOf(shape, { seed, durationMs, most: requests });
  if (arrivedMs.length === 0)
    throw new ThinferError('usage', 'no request comes in this time', { remedy: 'give a longer --duration' });
  return arrivedMs;
}

function ownDurationMs({ arrivals: { shape } }: SimulateFlags): number {
  return shape.kind === 'steps' ? spanOf(shape.steps) : defaultDurationMs;
}
