import { membersOf } from '../adapt/index.ts';
import { ThinferError } from '../errors.ts';
import { InProcessTarget } from '../load/targets/in-process.ts';
import type { LaneOptions } from '../load/targets/lane.ts';
import { formatGroups, type Group } from '../plan/index.ts';
import type { LoadFlags } from './load-flags.ts';
import { type OpenedTarget, prepareFor } from './load-target.ts';
import type { OpenedTrace } from './load-trace.ts';
import { type SettingsFlags, settingsSchema } from './measuring-flags.ts';
import { onInterrupt } from './on-interrupt.ts';
import { type ResolvedModel, resolveModels } from './serve-models.ts';
import { openNamedModel } from './session.ts';
import type { Terminal } from './terminal.ts';

/**
 * Instances of a model, ready to be driven without a server: those of `--config`, else those that `thinfer serve` would start for the largest request.
 * Throws what keeps one from starting.
 */
export async function openInProcess(
  name: string,
  flags: LoadFlags,
  trace: OpenedTrace | null,
  terminal: Terminal,
): Promise<OpenedTarget> {
  const model = await openNamedModel(name, flags, terminal);
  const { inputs, largest, ...prepared } = prepareFor(model, flags, trace);
  const entry = {
    model: name,
    version: '1',
    dim: {},
    pad: 'off',
    ...(flags.config === undefined ? {} : { config: flags.config }),
  };
  const [resolved] = await resolveModels([entry], settingsOf(flags, largest));
  const { spec } = resolved!;
  const { groups, why } = spec.plan;
  terminal.notice(`${formatGroups(groups)}: ${why}`);
  const lanes = lanesOf(resolved!, flags.config === undefined ? largest.items : 0);
  checkBatches(lanes, largest.items, groups);
  const target = await startTarget(terminal, (signal, onProgress) =>
    InProcessTarget.open({
      ...{ lanes, inputs, signal, onProgress },
      // What it rests on is the largest batch of the set, and a request may be larger.
      hangMs: spec.firstRunMs * Math.max(1, largest.items / Math.max(...groups.map(({ batch }) => batch))),
      keepOutputs: flags.verify,
    }),
  );
  const names = { url: null, protocol: 'in-process', model: spec.model.name, version: null };
  return {
    names: { ...names, instances: formatGroups(groups) },
    target,
    ...prepared,
    close: () => target.end(),
  };
}

function settingsOf(
  { json, quiet, project, cores, engine, cache }: LoadFlags,
  { items, dims }: { readonly items: number; readonly dims: Readonly<Record<string, number>> },
): SettingsFlags {
  const defaults = settingsSchema.parse({});
  return {
    ...defaults,
    ...{ json, quiet, project, cores, items, cache, dim: dims, engine: engine ?? defaults.engine },
  };
}

/** @param atLeast A set that nobody asked for takes every request whole, however it would cut it as a server. */
function lanesOf({ spec: { keys, plan } }: ResolvedModel, atLeast: number): LaneOptions[] {
  const members = membersOf(plan.groups);
  return keys.map((key, index) => ({ key, mostItems: Math.max(members[index]!.largestBatch, atLeast) }));
}

function checkBatches(lanes: readonly LaneOptions[], items: number, groups: readonly Group[]): void {
  if (lanes.some(({ mostItems }) => mostItems >= items)) return;
  throw new ThinferError(
    'usage',
    `--config ${formatGroups(groups)}: a request of ${items} items is one batch, and no instance takes so many`,
    { remedy: 'give a larger BATCH as --config, or fewer --items' },
  );
}

/** Throws `interrupted` on an interrupt meanwhile. */
async function startTarget(
  terminal: Terminal,
  open: (signal: AbortSignal, onProgress: (share: number) => void) => Promise<InProcessTarget>,
): Promise<InProcessTarget> {
  const abort = new AbortController();
  const stopSignals = onInterrupt(() => abort.abort());
  terminal.progress.begin('instances');
  try {
    const target = await open(abort.signal, (share) =>
      terminal.progress.show({ text: 'load the model and run each shape once', share }),
    );
    if (!abort.signal.aborted) return target;
    await target.end();
    throw new Error('aborted');
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    throw new ThinferError('interrupted', 'interrupted before anything was measured', { cause: error });
  } finally {
    terminal.progress.end();
    stopSignals();
  }
}
