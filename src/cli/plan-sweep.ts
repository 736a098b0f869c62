import { existsSync } from 'node:fs';
import { ThinferError } from '../errors.ts';
import type { readMachine } from '../machine/index.ts';
import { peakModels } from '../model/index.ts';
import { environmentFolder, type Precision, precisionSupport } from '../precision/index.ts';
import type { SweepEntry } from '../study/index.ts';
import type { ReadSweep } from './read-sweep.ts';
import { openNamedModel } from './session.ts';
import { showsPeak } from './site-facts.ts';
import type { SweepFlags } from './sweep-flags.ts';
import { type PlannedModel, planModel, type SweepMachine } from './sweep-plan.ts';
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
    const support = precisionSupport(precision as Precision, place);
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
  const planned: PlannedModel[] = [];
  const problems: string[] = [];
  // The peak first: what a budget leaves out is then something else.
  const entries = sweep.peak ? [...peakEntries(sweep.entries), ...sweep.entries] : sweep.entries;
  for (const entry of entries)
    try {
      const model = await openNamedModel(entry.model, { cache: flags.cache }, terminal);
      const one = await planModel(entry, model, sweep.design, means);
      planned.push(showsPeak(entry.model) && !sweep.entries.includes(entry) ? { ...one, skipped: [] } : one);
    } catch (error) {
      const { code, message } = ThinferError.from(error);
      if (code === 'interrupted' || code === 'bug') throw error;
      problems.push(`${entry.model}: ${message}`);
    }
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), { remedy: 'nothing was measured' });
  return planned;
}

/** The machine's peak at every thread count of the sweep, in the base settings. */
function peakEntries(entries: readonly SweepEntry[]): SweepEntry[] {
  const threads = entries.every((entry) => entry.threads !== null)
    ? [...new Set(entries.flatMap((entry) => entry.threads ?? []))].sort((a, b) => a - b)
    : null;
  const { settings } = entries[0]!;
  const first = <T>(values: readonly T[]): readonly T[] => values.slice(0, 1);
  return peakModels.map(({ name, batches }) => ({
    model: name,
    lengths: null,
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
