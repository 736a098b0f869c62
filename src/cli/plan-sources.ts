import { ThinferError } from '../errors.ts';
import { listCpuSlots } from '../machine/cpu-slots.ts';
import { chooseCores, type Machine } from '../machine/index.ts';
import { type Cell, type ExplainedAnswer, plan } from '../plan/index.ts';
import { openTable } from '../store/index.ts';
import { parseWhere, type Series, selectSeries } from '../table/index.ts';
import type { PlanInForce } from '../trial/index.ts';
import { planInForce, storedPoints } from './measure.ts';
import type { SettingsFlags } from './measuring-flags.ts';
import { askOf, type PlanFlags } from './plan-flags.ts';
import { planInput } from './plan-input.ts';
import { openStored, openSubject } from './session.ts';

/** What questions are answered from: a model's stored points, or a table. */
export interface PlanSource extends Disposable {
  /** T where none is asked for; null where it has to be. */
  readonly defaultCores: number | null;
  /** B where none is asked for. */
  readonly defaultItems: number;
  readonly answer: (cores: number, items: number) => ExplainedAnswer;
  /** What is known of instances on so many cores, as it was measured. */
  readonly cells: (cores: number) => readonly Cell[];
  /** The measured winner of the last trial of a number of items; null without one. */
  readonly inForce: (cores: number, items: number) => PlanInForce | null;
}

/** Flags of one command as those of one subject on its largest number of cores. */
export function subjectFlags({ cores, items, memory, ...flags }: PlanFlags): SettingsFlags {
  return { ...flags, cores: cores?.at(-1), items: items?.[0], memory: memory.policy };
}

/** The points of a model that were measured with these settings. */
export async function openModelSource(name: string, flags: PlanFlags): Promise<PlanSource> {
  const subject = await openSubject(name, subjectFlags(flags));
  const store = openStored(flags.project, subject);
  const points = storedPoints(subject, store);
  return {
    defaultCores: subject.machine.usable.length,
    defaultItems: subject.items,
    answer: (cores, items) => {
      const own = chooseCores(subject.machine, { cores, hardwareThreads: flags.hardwareThreads });
      return plan({
        ...planInput(points, own.cores, store, flags.mode),
        ...askOf(flags, own.cores, items, nodeSizes(own.machine, flags.hardwareThreads)),
        fit: flags.cells !== 'measured',
      });
    },
    cells: (cores) => {
      const own = chooseCores(subject.machine, { cores, hardwareThreads: flags.hardwareThreads });
      return planInput(points, own.cores, store, flags.mode).measured;
    },
    inForce: (cores, items) => {
      const own = chooseCores(subject.machine, { cores, hardwareThreads: flags.hardwareThreads });
      const placement = { ...subject.placement, cores: own.cores };
      return planInForce({ ...subject, items, cores: own.cores, placement }, store);
    },
    [Symbol.dispose]: () => store.close(),
  };
}

/** How many CPUs threads can have on each node of the usable part of a machine. */
export function nodeSizes(machine: Machine, hardwareThreads: boolean): number[] {
  const sizes = new Map<number, number>();
  for (const { node } of listCpuSlots(machine, { hardwareThreads }))
    sizes.set(node, (sizes.get(node) ?? 0) + 1);
  return [...sizes].sort(([a], [b]) => a - b).map(([, size]) => size);
}

const defaultItems = 16;

/** One series of a table from a file or, where there is none of that name, of an imported one. */
export function openTableSource(nameOrFile: string, flags: PlanFlags): PlanSource {
  const series = selectSeries(openTable(nameOrFile, flags.project), parseWhere(flags.where));
  const measured = cellsOf(series);
  const onNodes = flags.nodes?.reduce((sum, size) => sum + size, 0) ?? null;
  return {
    defaultCores: onNodes,
    defaultItems,
    answer: (cores, items) =>
      plan({ measured, ...askOf(flags, cores, items, null), fit: flags.cells === 'fitted' }),
    cells: () => measured,
    inForce: () => null,
    [Symbol.dispose]: () => {},
  };
}

/** What plans are made from; of an export of ours also how sure its cells are, their memory, and how they were measured. */
function cellsOf({ cells, columns }: Series): Cell[] {
  const together = columns['mode'] === 'together';
  return cells.map(({ threads, batch, latencyMs, interval, memoryBytes }) => ({
    ...{ threads, batch, latencyMs, fitted: false },
    ...(interval === undefined ? {} : { interval }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(together ? { origin: 'together' as const } : {}),
  }));
}

/** Cores of the questions, from the flags or the source. Throws `usage` where neither has any. */
export function coresOf(flags: PlanFlags, source: PlanSource): readonly number[] {
  if (flags.cores !== undefined) return flags.cores;
  if (source.defaultCores !== null) return [source.defaultCores];
  throw new ThinferError('usage', '--table: the number of cores is missing', { remedy: 'give --cores T' });
}
