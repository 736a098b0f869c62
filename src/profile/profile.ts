import { describeEngine, type EngineSettings } from '../engine/index.ts';
import { ThinferError } from '../errors.ts';
import type { InstanceCache } from '../instance/index.ts';
import { topologyHash } from '../machine/index.ts';
import type { DimValues, Model } from '../model/index.ts';
import { seededRandom, shuffled } from '../stats/index.ts';
import { type CellSet, type Placement, takeCellSet } from './cell-set.ts';
import type { GeneratedInputs } from './generated-inputs.ts';
import type { GridCell } from './grid.ts';
import type { SlowestRun } from './hang-limit.ts';
import { kernelOomKills } from './kernel-oom-kills.ts';
import { toPoint } from './point.ts';
import { methodNumber, pointHash } from './point-settings.ts';
import type { Asked } from './prove-settings.ts';
import { runVisit } from './run-visit.ts';
import { isFloorReached, isSampled, runsPerVisit } from './sampling-rule.ts';
import { summariseLatencies } from './summarise.ts';
import type {
  Point,
  PointFailure,
  PointSettings,
  PointSink,
  SamplingRule,
  SettingProof,
  StoredPoint,
  Visit,
} from './types.ts';

/** What to measure, and with what. */
export interface ProfileRequest {
  readonly model: Model;
  readonly dims: DimValues;
  readonly engine: Omit<EngineSettings, 'threads'>;
  readonly placement: Placement;
  /** Most telling first. */
  readonly cells: readonly GridCell[];
  readonly rule: SamplingRule;
  /** No visit begins after so long; null: no bound. */
  readonly budgetMs: number | null;
  /** What an instance takes at a batch, in bytes, and what there is; cells that can't fit are not tried. */
  readonly memory: { readonly instanceBytes: (batch: number) => number; readonly availableBytes: number };
  readonly slowestRunMs: SlowestRun;
  readonly instances: InstanceCache;
  readonly inputs: GeneratedInputs;
  readonly sink: PointSink;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ProfileProgress) => void;
  /** Whether a cell fails where its settings are not seen to hold (`not-in-effect`). Default: differences are only noted. */
  readonly prove?: boolean;
  /** What is known of settings that an instance does not show, to be kept with the others. Default: nothing. */
  readonly proofs?: readonly SettingProof[];
}

/** Where a profile stands. */
export interface ProfileProgress {
  readonly cells: number;
  readonly done: number;
  /** Share of the work that is done, 0 … 1. */
  readonly share: number;
  /** What the next visit measures; null at the end. */
  readonly now: GridCell | null;
  /** Set when a cell was finished by the last visit. */
  readonly finished: Point | null;
}

/** What a profile gives. */
export interface ProfileResult {
  /** In the order of the cells; those the budget left out are missing. */
  readonly points: readonly Point[];
  readonly reused: number;
  readonly leftOut: readonly GridCell[];
  readonly seconds: number;
}

/** A cell while it is measured. */
interface OpenCell {
  readonly cell: GridCell;
  readonly settings: PointSettings;
  readonly hash: string;
  readonly visits: Visit[];
  state: StoredPoint['state'];
  /** Visits in which its settings were not seen to hold. */
  doubts: number;
  /** Processes whose settings were seen to hold: a visit by others is no visit under proven settings. */
  readonly provenPids: Set<number>;
}

/** Measures cells in interleaved rounds; goes on where the sink's points stop. */
export async function profile(request: ProfileRequest): Promise<ProfileResult> {
  const run = new ProfileRun(request);
  while (await run.round());
  return run.result();
}

/** A profile that is measured round by round, so that several can be interleaved. */
export class ProfileRun {
  private readonly began = performance.now();
  private readonly random = seededRandom(1);
  private readonly request: ProfileRequest;
  private readonly cells: readonly OpenCell[];
  private readonly reused: number;
  private rounds = 0;
  private finished: Point | null = null;
  private isSpent = false;

  constructor(request: ProfileRequest) {
    this.request = request;
    this.cells = request.cells.map((cell) => openCell(cell, request));
    this.reused = this.cells.filter((cell) => cell.state !== 'open').length;
  }

  /** One visit to each cell that needs one most; whether another round is needed, and the budget allows it. */
  async round(): Promise<boolean> {
    const { request, cells } = this;
    if (this.isDone) return false;
    const open = cellsOfRound(cells, request.rule);
    for (const cell of this.rounds++ === 0 ? open : shuffled(open, this.random)) {
      throwIfAborted(request.signal);
      this.isSpent = request.budgetMs !== null && performance.now() - this.began > request.budgetMs;
      if (this.isSpent) return false;
      request.onProgress({ ...progressOf(cells, request.rule), now: cell.cell, finished: this.finished });
      await measure(cell, request);
      this.finished = cell.state === 'open' ? null : pointOf(cell, request);
    }
    if (this.isDone)
      request.onProgress({ ...progressOf(cells, request.rule), now: null, finished: this.finished });
    return !this.isDone;
  }

  /** What was measured so far, and what was known before. */
  result(): ProfileResult {
    return resultOf(this.cells, this.reused, this.began, this.request);
  }

  private get isDone(): boolean {
    return this.isSpent || this.cells.every((cell) => cell.state !== 'open');
  }
}

/** First every cell gets what the rule asks for at least; then intervals are narrowed, of the cells that plans rest on first. */
function cellsOfRound(cells: readonly OpenCell[], rule: SamplingRule): readonly OpenCell[] {
  const open = cells.filter((cell) => cell.state === 'open');
  const below = open.filter(({ visits }) => !isFloorReached(visits, rule));
  if (below.length > 0) return below;
  const telling = open.filter(({ cell }) => cell.mode === 'together');
  return telling.length > 0 ? telling : open;
}

function openCell(cell: GridCell, request: ProfileRequest): OpenCell {
  const settings = settingsOf(cell, request);
  const hash = pointHash(settings);
  const stored = request.sink.load(hash);
  const visits = [...(stored?.visits ?? [])];
  const open: OpenCell = {
    cell,
    settings,
    hash,
    visits,
    state: stored?.state ?? 'open',
    doubts: 0,
    provenPids: new Set(),
  };
  // An instance may have died of something outside, and memory may be free now; what the engine refuses it refuses again.
  if (stored?.failure != null && stored.failure.kind !== 'engine-failed') return { ...open, state: 'open' };
  if (open.state === 'failed' || visits.length === 0) return open;
  // A stored point may have been finished under a laxer rule than today's, or lack only the word that it is finished.
  const sampled = isSampled(visits, request.rule);
  if (sampled) request.sink.finish(hash, request.rule);
  return { ...open, state: sampled ? 'measured' : 'open' };
}

/** Everything that defines a cell's point. */
export function settingsOf(
  cell: GridCell,
  { model, dims, engine, placement }: Pick<ProfileRequest, 'model' | 'dims' | 'engine' | 'placement'>,
): PointSettings {
  const { machine, mapping, hardwareThreads, memoryPolicy, allocator, hugePages, pinned } = placement;
  const { spinDuringRun, interOpThreads = 1 } = engine;
  return {
    method: methodNumber,
    model: { name: model.name, contentHash: model.contentHash },
    engine: describeEngine(engine.engine),
    precision: model.precision ?? 'as in the file',
    optimization: engine.optimization,
    spinAfterRun: engine.spinAfterRun,
    ...(spinDuringRun === false ? { spinDuringRun } : {}),
    ...(interOpThreads === 1 ? {} : { interOpThreads }),
    ...(allocator === undefined || allocator.path === null ? {} : { allocator: allocator.name }),
    ...(hugePages === undefined ? {} : { hugePages }),
    ...(pinned === false ? { pinned } : {}),
    threads: cell.threads,
    batch: cell.batch,
    dims,
    mode: cell.mode,
    cores: cell.mode === 'together' ? placement.cores : cell.threads,
    mapping,
    hardwareThreads,
    memoryPolicy,
    cpuModel: machine.cpuModel,
    topology: topologyHash(machine),
  };
}

/** One visit, or the cell's failure; both reach the sink before this returns. */
async function measure(open: OpenCell, request: ProfileRequest): Promise<void> {
  const { sink, rule } = request;
  const tooLarge = exceedsMemory(open.cell, request);
  if (tooLarge !== null) return fail(open, request, 'out-of-memory', tooLarge);
  const killsBefore = kernelOomKills();
  let set: CellSet | null = null;
  try {
    set = await takeSet(open, request);
    const shapeChanged = await bindSet(set, open.cell.batch, request);
    const pids = set.replicas.map(({ pid }) => pid);
    const isProven = pids.every((pid) => open.provenPids.has(pid));
    const visit = await runVisit({
      set,
      warmups: rule.fixed?.warmups ?? null,
      shapeChanged,
      countFor: (runMs) => runsPerVisit(runMs, rule),
      expectedMs: open.visits.length === 0 ? null : summariseLatencies(open.visits.slice(-1)).medianMs,
      slowestMs: (threads) => request.slowestRunMs(open.cell.batch, threads),
      largestBatch: Math.max(...set.replicas.map((instance) => request.inputs.largestBatch(instance))),
      threads: open.cell.threads,
      interOpThreads: request.engine.interOpThreads,
      cpus: request.placement.machine.usable,
      prove: request.prove === true && !isProven ? askedOf(open, request) : null,
    });
    if (request.prove === true && visit.readBack.differences.length > 0) {
      // A thread that happens to be seen elsewhere once is no proof; what shows twice is how it is.
      if (++open.doubts < mostDoubts) return;
      return fail(open, request, 'not-in-effect', visit.readBack.differences.join('; '));
    }
    if (request.prove === true) for (const pid of pids) open.provenPids.add(pid);
    const kept = withProofs(visit, request.proofs);
    open.visits.push(kept);
    sink.addVisit(open.hash, open.settings, kept, rule);
    if (!isSampled(open.visits, rule)) return;
    sink.finish(open.hash, rule);
    open.state = 'measured';
  } catch (thrown) {
    throwIfAborted(request.signal);
    const error = ThinferError.from(thrown);
    if (set !== null) await request.instances.drop(instancesOf(set));
    const killed = error.code === 'instance-failed' && kernelOomKills() > killsBefore;
    const kind = killed ? 'out-of-memory' : failureOf(error);
    if (kind === null) throw error;
    fail(open, request, kind, error.message);
  }
}

/** A cell fails when its settings were not seen to hold so often. */
const mostDoubts = 2;

/** Proofs are kept with the visit in which a cell's settings were looked at. */
function withProofs(visit: Visit, known: readonly SettingProof[] = []): Visit {
  const { proofs } = visit.readBack;
  return proofs === undefined
    ? visit
    : { ...visit, readBack: { ...visit.readBack, proofs: [...proofs, ...known] } };
}

function askedOf({ cell }: OpenCell, { engine, placement }: ProfileRequest): Asked {
  const { spinAfterRun, spinDuringRun, interOpThreads } = engine;
  const { allocator, hugePages, memoryPolicy } = placement;
  return {
    threads: cell.threads,
    spinAfterRun,
    ...(spinDuringRun === undefined ? {} : { spinDuringRun }),
    ...(interOpThreads === undefined ? {} : { interOpThreads }),
    ...(allocator === undefined ? {} : { allocator }),
    ...(hugePages === undefined ? {} : { hugePages }),
    memoryPolicy,
  };
}

/** A model that loads faster than this is loaded again for the sake of a clean reading of its memory. */
const quickLoadMs = 1500;

/** The cell's instances; fresh ones for its first visit where the engine still holds what larger batches needed. */
async function takeSet({ cell, visits }: OpenCell, request: ProfileRequest): Promise<CellSet> {
  const { engine, placement, instances, inputs } = request;
  const set = await takeCellSet(cell, engine, placement, instances);
  const swollen = set.replicas.some((instance) => inputs.largestBatch(instance) > cell.batch);
  const quick = set.replicas.every(({ loaded }) => loaded.loadMs <= quickLoadMs);
  if (visits.length > 0 || !swollen || !quick) return set;
  await instances.drop(instancesOf(set));
  return takeCellSet(cell, engine, placement, instances);
}

const instancesOf = (set: CellSet) =>
  set.filler === null ? [...set.replicas] : [...set.replicas, set.filler];

async function bindSet(set: CellSet, batch: number, { inputs, dims }: ProfileRequest): Promise<boolean> {
  const changed = await Promise.all(
    instancesOf(set).map((instance) => inputs.bind(instance, { batch, dims })),
  );
  return changed.includes(true);
}

function fail(open: OpenCell, { sink }: ProfileRequest, kind: PointFailure, message: string): void {
  sink.fail(open.hash, open.settings, kind, message);
  open.state = 'failed';
}

/** Errors that belong to one cell; any other ends the profile. */
function failureOf({ code }: ThinferError): PointFailure | null {
  return code === 'out-of-memory' || code === 'engine-failed' || code === 'instance-failed' ? code : null;
}

function exceedsMemory(cell: GridCell, { memory, placement }: ProfileRequest): string | null {
  const replicas = cell.mode === 'together' ? Math.floor(placement.cores / cell.threads) : 1;
  const needed = replicas * memory.instanceBytes(cell.batch);
  if (needed <= memory.availableBytes) return null;
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  return `${replicas} × batch ${cell.batch} needs about ${gib(needed)} GiB, and ${gib(memory.availableBytes)} GiB can be had`;
}

/** Throws `interrupted` where a signal has ended measuring; what was measured is kept. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new ThinferError(
      'interrupted',
      'every finished visit is kept; the same command goes on from there',
    );
}

function pointOf(open: OpenCell, { sink }: ProfileRequest): Point | null {
  const stored = sink.load(open.hash);
  return stored === null ? null : toPoint(open.hash, open.settings, stored);
}

function progressOf(
  cells: readonly OpenCell[],
  rule: SamplingRule,
): Pick<ProfileProgress, 'cells' | 'done' | 'share'> {
  const minimum = rule.fixed === null ? rule.minVisits : 1;
  const shares = cells.map((cell) =>
    cell.state === 'open' ? Math.min(0.9, cell.visits.length / minimum) : 1,
  );
  return {
    cells: cells.length,
    done: cells.filter((cell) => cell.state !== 'open').length,
    share: shares.reduce((sum, share) => sum + share, 0) / Math.max(1, cells.length),
  };
}

/** Cells that the budget cut short keep what they have, and are finished by the next run. */
function resultOf(
  cells: readonly OpenCell[],
  reused: number,
  began: number,
  request: ProfileRequest,
): ProfileResult {
  return {
    points: cells.flatMap((cell) =>
      cell.visits.length > 0 || cell.state === 'failed' ? (pointOf(cell, request) ?? []) : [],
    ),
    reused,
    leftOut: cells
      .filter((cell) => cell.state === 'open' && cell.visits.length === 0)
      .map(({ cell }) => cell),
    seconds: (performance.now() - began) / 1000,
  };
}
