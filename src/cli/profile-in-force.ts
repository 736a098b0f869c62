import type { MemoryPolicy } from '../machine/index.ts';
import { type Cell, fitCells } from '../plan/index.ts';
import type { Point } from '../profile/index.ts';
import type { MeasurableProfile } from '../serve/again/profile-again.ts';
import type { KnownLatency } from '../serve/core/latency-model.ts';
import { median, sortSamples } from '../stats/index.ts';
import { StoreReader } from '../store/index.ts';
import { storedPoints, storedRules } from './measure.ts';
import type { SettingsFlags } from './measuring-flags.ts';
import { planInput } from './plan-input.ts';
import { runProfileChild } from './profile-child.ts';
import type { Subject } from './session.ts';

/** Whose profile it is, and how it would be measured. */
export interface ProfileOwner {
  /** As the user named it. */
  readonly model: string;
  readonly subject: Subject;
  readonly flags: SettingsFlags;
  /** Along which requests are padded; null: they are not. */
  readonly padDim: string | null;
  /** That its sets may have; `subject.cores` or fewer. */
  readonly cores: number;
}

/** What a server rests on of what is stored of a model. It is read once, and again when it was measured anew. */
export class ProfileInForce implements MeasurableProfile {
  private readonly owner: ProfileOwner;
  /** For sets: each number of threads that was measured, at batches of powers of two. Empty where nothing was measured. */
  cells: readonly Cell[] = [];
  /** As measured, at the model's dimensions. */
  private measured: readonly Cell[] = [];
  private ofOtherLengths: readonly (Cell & { readonly length: number })[] = [];

  /** @param points Those of the store that fit the subject. */
  constructor(owner: ProfileOwner, points: readonly Point[], store: StoreReader | null) {
    this.owner = owner;
    if (store !== null && points.length > 0) this.read(points, store);
  }

  /** What is known of an instance with so many threads: at the model's dimensions, and at all lengths where requests are padded. */
  latencies(threads: number): readonly KnownLatency[] {
    const own = this.measured.filter((cell) => cell.threads === threads);
    const others = this.ofOtherLengths.filter((cell) => cell.threads === threads);
    return [
      ...own.map(({ batch, latencyMs }) => ({ items: batch, ms: latencyMs })),
      ...others.map(({ batch, latencyMs, length }) => ({ items: batch, ms: latencyMs, length })),
    ];
  }

  /** By `thinfer profile` as it was run before: the same cells, by the same rule. */
  async measure(before: Date, signal: AbortSignal): Promise<void> {
    await runProfileChild([...this.words(), '--again-before', before.toISOString()], signal);
  }

  readAnew(): number | null {
    const old = new Map(this.measured.map((cell) => [placeOf(cell), cell.latencyMs]));
    using store = StoreReader.openToRead(this.owner.flags.project);
    this.read(storedPoints(this.owner.subject, store), store);
    const ratios = this.measured.flatMap((cell) => {
      const before = old.get(placeOf(cell));
      return before === undefined ? [] : [cell.latencyMs / before];
    });
    return ratios.length === 0 ? null : median(sortSamples(ratios));
  }

  private read(points: readonly Point[], store: StoreReader): void {
    const { subject, padDim, cores } = this.owner;
    this.measured = planInput(points, subject.cores, store).measured;
    this.cells = cellsForSets(planInput(points, cores, store).measured, subject);
    this.ofOtherLengths = padDim === null ? [] : cellsOfLengths(subject, padDim, store);
  }

  private words(): string[] {
    const { model, subject, flags } = this.owner;
    const { measured } = this;
    const list = (values: readonly number[]): string => [...new Set(values)].sort((a, b) => a - b).join(',');
    const mode = measured.some(({ origin }) => origin === 'together') ? 'together' : 'alone';
    return [
      model,
      ...settingWords(flags, subject),
      ...this.ruleWords(),
      ...['--threads', list(measured.map(({ threads }) => threads))],
      ...['--batches', list(measured.map(({ batch }) => batch))],
      ...['--mode', mode, '--quiet'],
    ];
  }

  private ruleWords(): string[] {
    const { subject, flags } = this.owner;
    using store = StoreReader.openToRead(flags.project);
    const rule = storedRules(subject, store).at(-1);
    if (rule === undefined) return [];
    const { fixed, halfWidth } = rule;
    if (fixed !== null) return ['--warmup', `${fixed.warmups}`, '--iterations', `${fixed.iterations}`];
    return ['--interval', `${halfWidth}`];
  }
}

const placeOf = ({ threads, batch }: Cell): string => `${threads}/${batch}`;

function settingWords(flags: SettingsFlags, { items }: Subject): string[] {
  const { engine, optimization, mapping, memory, project, cores, cache, spin, hardwareThreads, dim } = flags;
  return [
    ...['--engine', engine, '--optimization', optimization, '--mapping', mapping],
    ...['--memory', memoryWord(memory), '--project', project, '--items', `${items}`],
    ...(cores === undefined ? [] : ['--cores', `${cores}`]),
    ...(cache === undefined ? [] : ['--cache', cache]),
    ...(spin ? ['--spin'] : []),
    ...(hardwareThreads ? ['--hardware-threads'] : []),
    ...Object.entries(dim).flatMap(([name, size]) => ['--dim', `${name}=${size}`]),
  ];
}

const memoryWord = (policy: MemoryPolicy): string =>
  'nodes' in policy ? `${policy.mode}:${policy.nodes.join(',')}` : policy.mode;

/** Each number of threads that was measured, at powers of two. */
function cellsForSets(measured: readonly Cell[], { model }: Subject): Cell[] {
  const usable =
    model.batchDim === null ? measured.filter(({ batch }) => batch === model.fixedBatch) : measured;
  const most = Math.max(1, ...usable.map(({ batch }) => batch));
  const batches: number[] = [];
  for (let batch = 1; batch <= most; batch *= 2) batches.push(batch);
  return fitCells(usable, { threads: [...new Set(usable.map(({ threads }) => threads))], batches });
}

/** At the lengths that were measured beside the usual one. */
function cellsOfLengths(subject: Subject, dim: string, store: StoreReader): (Cell & { length: number })[] {
  const { model, dims, cores } = subject;
  const lengths = new Set(
    store.points(model.contentHash).flatMap(({ settings }) => settings.dims[dim] ?? []),
  );
  lengths.delete(dims[dim] ?? model.defaultDims[dim] ?? 0);
  return [...lengths].flatMap((length) => {
    const own = storedPoints({ ...subject, dims: { ...dims, [dim]: length } }, store);
    return planInput(own, cores, store).measured.map((cell) => ({ ...cell, length }));
  });
}
