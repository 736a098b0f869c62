import { existsSync } from 'node:fs';
import { ThinferError } from '../errors.ts';
import type { readMachine } from '../machine/index.ts';
import { type Model, peakModels } from '../model/index.ts';
import { environmentFolder, precisionSupport } from '../precision/index.ts';
import { powersUpTo } from '../profile/index.ts';
import type { SweepEntry } from '../study/index.ts';
import { nearestName } from '../table/index.ts';
import type { ReadSweep } from './read-sweep.ts';
import { openNamedModel } from './session.ts';
import type { SweepFlags } from './sweep-flags.ts';
import { type PlannedModel, planModel, precisionOf, type SweepMachine } from './sweep-plan.ts';
import type { Terminal } from './terminal.ts';

/** The machine as a sweep may use it, and what its engine can do there. Throws `machine` for more cores than there are. */
export function sweepMachine(
  { cores, engine, setup }: ReadSweep,
  whole: ReturnType<typeof readMachine>,
  cacheDir: string,
): SweepMachine {
  const most = whole.usable.length;
  if (cores !== undefined && cores > most)
    throw new ThinferError('machine', `cores ${cores}: this machine has ${most} usable cores`, {
      remedy: `give at most ${most}; \`thinfer machine\` says why those`,
    });
  const precisionProblem: SweepMachine['precisionProblem'] = ({ precision, optimization }, operators) => {
    if (precision === 'original') return null;
    const place = { engine, isa: whole.isa, optimization, ...(operators === undefined ? {} : { operators }) };
    const support = precisionSupport(precisionOf(precision), place);
    if (!support.possible) return `not possible on this machine: ${support.why}`;
    return setup || existsSync(environmentFolder(cacheDir))
      ? null
      : 'its Python tools are not installed; with `--setup on` they are (docs/precisions.md)';
  };
  return { machine: whole, cores: cores ?? most, precisionProblem };
}

/** Every model is opened, and every cell known, before the first is measured. */
export async function planSweep(
  { sweep }: ReadSweep,
  means: SweepMachine,
  flags: SweepFlags,
  terminal: Terminal,
): Promise<PlannedModel[]> {
  const problems = unknownAllocators(sweep.entries, means);
  const keep = async <T>(entry: SweepEntry, action: () => Promise<T>): Promise<T[]> => {
    try {
      return [await action()];
    } catch (error) {
      const { code, message } = ThinferError.from(error);
      if (code === 'interrupted' || code === 'bug') throw error;
      problems.push(`${entry.model}: ${message}`);
      return [];
    }
  };
  const opened: { readonly entry: SweepEntry; readonly model: Model; readonly forPeak: boolean }[] = [];
  const open = async (entry: SweepEntry, forPeak: boolean): Promise<void> => {
    const found = await keep(entry, () => openNamedModel(entry.model, { cache: flags.cache }, terminal));
    opened.push(...found.map((model) => ({ entry, model, forPeak })));
  };
  // The peak first: what a budget leaves out is then something else.
  if (sweep.peak) for (const entry of peakEntries(sweep.entries, means)) await open(entry, true);
  for (const entry of sweep.entries) await open(entry, false);
  const lengthsFit = opened.some(({ entry, model }) => entry.lengths !== null && mayHaveLength(entry, model));
  const planned: PlannedModel[] = [];
  for (const { entry, model, forPeak } of opened) {
    const isWithout =
      lengthsFit && !entry.ownLengths && entry.lengths !== null && !mayHaveLength(entry, model);
    if (isWithout) terminal.notice(`${model.name} has no length: it is measured without the sweep's lengths`);
    const own = isWithout ? { ...entry, lengths: null } : entry;
    const found = await keep(entry, () => planModel(own, model, sweep.design, means));
    planned.push(...found.map((one) => ({ ...one, forPeak, ...(forPeak ? { skipped: [] } : {}) })));
  }
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), { remedy: 'nothing was measured' });
  return planned;
}

const mayHaveLength = ({ dims }: SweepEntry, { freeDims }: Model): boolean =>
  freeDims.some((name) => !(name in dims));

const knownAllocators = ['glibc', 'tcmalloc', 'tcmalloc_minimal', 'jemalloc', 'mimalloc'];

/** Names that no allocator has, here or elsewhere. */
function unknownAllocators(entries: readonly SweepEntry[], { machine }: SweepMachine): string[] {
  const known = [...knownAllocators, ...machine.allocators.map(({ name }) => name)];
  const asked = new Set(entries.flatMap(({ settings }) => settings.allocator));
  return [...asked]
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = nearestName(name, known);
      return `allocators: ${name} is none of ${[...new Set(known)].join(', ')}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
    });
}

/** The machine's peak at every thread count of the sweep, in the base settings. */
function peakEntries(entries: readonly SweepEntry[], { cores }: SweepMachine): SweepEntry[] {
  const asked = entries.flatMap((entry) => entry.threads ?? powersUpTo(cores));
  const threads = [...new Set(asked)].sort((a, b) => a - b);
  const { settings } = entries[0]!;
  const first = <T>(values: readonly T[]): readonly T[] => values.slice(0, 1);
  return peakModels.map(({ name, batches }) => ({
    model: name,
    lengths: null,
    ownLengths: false,
    dims: {},
    batches,
    threads,
    modes: ['alone'],
    totals: [],
    settings: {
      ...settings,
      precision: ['original'],
      optimization: ['all'],
      interOpThreads: [1],
      mapping: first(settings.mapping),
      hardwareThreads: [false],
      pinned: [true],
      memory: first(settings.memory),
      allocator: ['glibc'],
      hugePages: ['system'],
      spinning: ['in-runs'],
    },
  }));
}
