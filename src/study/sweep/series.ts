import { type GridCell, powersUpTo } from '../../profile/grid.ts';
import { type EqualSet, equalSets } from '../instances-study.ts';
import { combinations } from './combinations.ts';
import { findAllocator, type Impossible, impossibleSettings, type Means } from './impossible.ts';
import type { Skipped, Sweep, SweepEntry, SweepSeries, SweepSettings } from './types.ts';

/** What of a model and a machine the cells depend on. */
export interface SweepPlaces extends Means {
  /** T without and with hardware threads. */
  readonly cores: (hardwareThreads: boolean) => number;
  /** The batch a model is fixed at; null: any. */
  readonly fixedBatch: number | null;
}

/** Series of one size of a model, and what had to be left out. */
export interface Expanded {
  readonly series: readonly SweepSeries[];
  readonly skipped: readonly Skipped[];
}

/** Every cell that an entry asks for at one size, by series; those this machine can't measure are counted by reason. */
export function expand(entry: SweepEntry, design: Sweep['design'], places: SweepPlaces): Expanded {
  const skipped = new Map<string, Skipped>();
  const skip = ({ setting, reason }: Impossible, cells: number): void => {
    const key = `${setting}\n${reason}`;
    skipped.set(key, { setting, reason, cells: cells + (skipped.get(key)?.cells ?? 0) });
  };
  const all = combinations(entry.settings, design);
  const series = all.flatMap((settings, index) => {
    const problems = impossibleSettings(settings, places);
    if (problems.length === 0)
      return [
        ...seriesOf(entry, settings, places, skip),
        // Sets are one experiment, in the base settings.
        ...(index === 0 ? setSeries(entry, settings, places, skip) : []),
      ];
    const cells = seriesOf(entry, settings, places, () => {}).reduce((sum, one) => sum + one.cells.length, 0);
    // A combination is counted once, by the first of what stands against it.
    skip(problems[0]!, cells);
    return [];
  });
  const once = withoutTwins(series, places);
  return { series: once.filter(({ cells }) => cells.length > 0), skipped: [...skipped.values()] };
}

/** Each cell in the first series that asks for it: sets on all cores are those of the mode `together`, an allocator may have two names. */
function withoutTwins(series: readonly SweepSeries[], places: SweepPlaces): SweepSeries[] {
  const seen = new Set<string>();
  return series.map((one) => {
    const { settings } = one;
    const allocator = findAllocator(settings.allocator, places.machine)?.name;
    const shared = one.cores ?? places.cores(settings.hardwareThreads);
    const cells = one.cells.filter(({ threads, batch, mode }) => {
      const cores = mode === 'alone' ? threads : shared;
      const key = JSON.stringify([{ ...settings, allocator }, mode, cores, threads, batch]);
      return !seen.has(key) && seen.add(key);
    });
    return { ...one, cells };
  });
}

function seriesOf(
  entry: SweepEntry,
  settings: SweepSettings,
  places: SweepPlaces,
  skip: (why: Impossible, cells: number) => void,
): SweepSeries[] {
  const cores = places.cores(settings.hardwareThreads);
  const batches = batchesOf(entry, places, skip);
  const threads = entry.threads ?? powersUpTo(cores);
  const fitting = threads.filter((count) => count <= cores);
  for (const count of threads.filter((one) => one > cores))
    skip(
      {
        setting: `threads ${count}`,
        reason: `not possible on this machine: ${cores} ${settings.hardwareThreads ? 'hardware threads' : 'cores'}`,
      },
      batches.length * entry.modes.length,
    );
  const spinning = spinningThreads(fitting, settings, entry.settings.spinning[0], (counts) =>
    skip(
      {
        setting: `spinning ${settings.spinning}`,
        reason: 'contradictory: with one thread there is none that could spin',
      },
      counts * batches.length * entry.modes.length,
    ),
  );
  const grid = entry.modes.flatMap((mode) =>
    spinning.flatMap((count) => batches.map((batch): GridCell => ({ threads: count, batch, mode }))),
  );
  // With one replica on all cores both modes are one measurement.
  const cells = grid.filter(
    ({ mode, threads: count }) => mode === 'alone' || count < cores || !entry.modes.includes('alone'),
  );
  return [{ settings, cores: null, cells }];
}

/** One thread has none to wait for: only the first way of spinning is measured there. */
function spinningThreads(
  threads: readonly number[],
  { spinning }: SweepSettings,
  first: SweepSettings['spinning'] | undefined,
  skip: (counts: number) => void,
): readonly number[] {
  const isSame = spinning !== first && threads.includes(1);
  if (!isSame) return threads;
  skip(1);
  return threads.filter((count) => count > 1);
}

function batchesOf(
  entry: SweepEntry,
  { fixedBatch }: SweepPlaces,
  skip: (why: Impossible, cells: number) => void,
): readonly number[] {
  if (fixedBatch === null) return entry.batches ?? powersUpTo(16);
  const others = entry.batches?.filter((batch) => batch !== fixedBatch) ?? [];
  if (others.length > 0)
    skip(
      { setting: `batches ${others.join()}`, reason: `the model's batch is fixed at ${fixedBatch}` },
      others.length * entry.modes.length,
    );
  return [fixedBatch];
}

/** Equal instances that share a total, each set on exactly the cores it takes. */
function setSeries(
  entry: SweepEntry,
  settings: SweepSettings,
  { cores, fixedBatch }: SweepPlaces,
  skip: (why: Impossible, cells: number) => void,
): SweepSeries[] {
  const most = cores(settings.hardwareThreads);
  const byCores = new Map<number, GridCell[]>();
  for (const total of entry.totals) {
    const question = { cores: most, instances: powersUpTo(most), batch: total, per: 'set' } as const;
    const { sets, leftOut } = equalSets(question);
    for (const { instances, reason } of leftOut)
      skip({ setting: `total ${total} on ${instances} instances`, reason }, 1);
    for (const set of sets.filter(({ batch }) => fixedBatch === null || batch === fixedBatch))
      addSet(byCores, set);
  }
  return [...byCores].map(([count, cells]) => ({ settings, cores: count, cells }));
}

function addSet(byCores: Map<number, GridCell[]>, { instances, threads, batch }: EqualSet): void {
  const cells = byCores.get(instances * threads) ?? [];
  byCores.set(instances * threads, cells);
  if (!cells.some((cell) => cell.threads === threads && cell.batch === batch))
    cells.push({ threads, batch, mode: 'together' });
}
