import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { MemoryPolicy } from '../machine/index.ts';
import type { Cell } from '../plan/index.ts';
import type { MeasurableProfile } from '../serve/again/profile-again.ts';
import type { KnownLatency } from '../serve/core/latency-model.ts';
import { median, sortSamples } from '../stats/index.ts';
import { StoreReader } from '../store/index.ts';
import type { KnownCells } from './known-cells.ts';
import type { CellsTask } from './known-cells-thread.ts';
import { storedRules } from './measure.ts';
import type { SettingsFlags } from './measuring-flags.ts';
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
  private known: KnownCells;

  constructor(owner: ProfileOwner, known: KnownCells) {
    this.owner = owner;
    this.known = known;
  }

  get cells(): readonly Cell[] {
    return this.known.forSets;
  }

  /** What is known of an instance with so many threads: at the model's dimensions, and at all lengths where requests are padded. */
  latencies(threads: number): readonly KnownLatency[] {
    const { measured, ofOtherLengths } = this.known;
    const own = measured.filter((cell) => cell.threads === threads);
    const others = ofOtherLengths.filter((cell) => cell.threads === threads);
    return [
      ...own.map(({ batch, latencyMs }) => ({ items: batch, ms: latencyMs })),
      ...others.map(({ batch, latencyMs, length }) => ({ items: batch, ms: latencyMs, length })),
    ];
  }

  /** By `thinfer profile` as it was run before: the same cells, by the same rule. */
  async measure(before: Date, signal: AbortSignal): Promise<void> {
    await runProfileChild([...this.words(), '--again-before', before.toISOString()], signal);
  }

  async readAnew(signal: AbortSignal): Promise<number | null> {
    const old = this.known;
    this.known = await readBeside(this.owner, signal);
    return medianRatio(this.known.measured, old.measured);
  }

  private words(): string[] {
    const { model, subject, flags } = this.owner;
    const { measured } = this.known;
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

/** In a thread of its own: requests go on meanwhile. Rejects when it is aborted. */
function readBeside(
  { subject, padDim, cores, flags }: ProfileOwner,
  signal: AbortSignal,
): Promise<KnownCells> {
  const { model, items, dims, engine, placement, cores: all } = subject;
  const question = { subject: { model, items, dims, engine, placement, cores: all }, padDim, cores };
  const file = new URL(`./known-cells-thread${extname(import.meta.url)}`, import.meta.url);
  const workerData: CellsTask = { question, project: flags.project };
  const worker = new Worker(file, { workerData });
  return new Promise((resolve, reject) => {
    const stop = (): void => void worker.terminate();
    signal.addEventListener('abort', stop, { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    // Does nothing where it has answered.
    worker.once('exit', () => {
      signal.removeEventListener('abort', stop);
      reject(signal.reason);
    });
  });
}

/** New latencies over old ones; null where no cell is in both. */
function medianRatio(measured: readonly Cell[], old: readonly Cell[]): number | null {
  const before = new Map(old.map((cell) => [placeOf(cell), cell.latencyMs]));
  const ratios = measured.flatMap((cell) => {
    const oldMs = before.get(placeOf(cell));
    return oldMs === undefined ? [] : [cell.latencyMs / oldMs];
  });
  return ratios.length === 0 ? null : median(sortSamples(ratios));
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
