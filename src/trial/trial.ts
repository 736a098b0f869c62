import type { EngineSettings } from '../engine/index.ts';
import { ThinferError } from '../errors.ts';
import type { Instance, InstanceCache, InstanceKey } from '../instance/index.ts';
import type { DimValues } from '../model/index.ts';
import {
  type GeneratedInputs,
  kernelOomKills,
  type Placement,
  placedKeys,
  type SlowestRun,
} from '../profile/index.ts';
import {
  median,
  pairedRatio,
  relativeHalfWidth,
  seededRandom,
  shuffled,
  sortSamples,
} from '../stats/index.ts';
import { type Contender, rowName, type Share, shareItems } from './contenders.ts';
import { exceedsMemory, type TrialMemory } from './exceeds-memory.ts';
import { type Round, runRound } from './run-round.ts';
import { summariseTrial } from './summarise-trial.ts';
import type { TrialFailure, TrialResult, TrialSamples } from './types.ts';

/** When a trial has run enough. */
export interface TrialRule {
  readonly minRounds: number;
  /** Rounds go on until every ratio to the fastest is known to this half width … */
  readonly halfWidth: number;
  /** … or so long. Null: only the rounds count. */
  readonly ceilingMs: number;
  readonly maxRounds: number;
  readonly roundMs: number;
  readonly minRuns: number;
  /** A round in which instances begin later than this share of the set's time, and than so many ms, is disturbed. */
  readonly lateShare: number;
  readonly lateMs: number;
}

/** Ratios to ± 1 %, from 8 to 60 rounds, within a minute. */
export const defaultTrialRule: TrialRule = {
  minRounds: 8,
  halfWidth: 0.01,
  ceilingMs: 60_000,
  maxRounds: 60,
  roundMs: 400,
  minRuns: 2,
  lateShare: 0.02,
  lateMs: 0.1,
};

/** What to try, and with what. */
export interface TrialRequest {
  readonly contenders: readonly Contender[];
  readonly items: number;
  readonly dims: DimValues;
  readonly engine: Omit<EngineSettings, 'threads'>;
  readonly placement: Placement;
  /**
   * Whether the placement has all the machine's usable cores. Otherwise `default` is kept to them and given their
   * number as its threads: left alone, ONNX Runtime counts the whole machine's and binds threads outside.
   */
  readonly wholeMachine: boolean;
  readonly rule: TrialRule;
  /** Contenders whose instances can't all fit are not tried. */
  readonly memory: TrialMemory;
  readonly slowestRunMs: SlowestRun;
  readonly instances: InstanceCache;
  readonly inputs: GeneratedInputs;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrialProgress) => void;
}

export interface TrialProgress {
  readonly round: number;
  /** Share of the time it takes, by the rounds that seem needed or by the ceiling, whichever ends it first: 0 … 1. */
  readonly share: number;
  /** The row that runs now; null at the end. */
  readonly now: string | null;
}

/** A contender with what it did so far. */
interface Lane {
  readonly contender: Contender;
  readonly rounds: Round[];
}

/** Runs all contenders in interleaved rounds; gives the result and the raw samples. */
export async function trial(
  request: TrialRequest,
): Promise<{ result: TrialResult; samples: TrialSamples[] }> {
  const { rule, signal } = request;
  const began = performance.now();
  const random = seededRandom(2);
  const failures = tooLarge(request);
  let lanes = request.contenders
    .filter((contender) => !failures.some(({ name }) => name === rowName(contender)))
    .map((contender): Lane => ({ contender, rounds: [] }));
  for (let round = 0; ; round++) {
    if (isTried(lanes, rule, performance.now() - began)) break;
    const needed = roundsNeeded(lanes, rule);
    for (const [index, lane] of shuffled(lanes, random).entries()) {
      throwIfAborted(signal);
      const time = (performance.now() - began) / rule.ceilingMs;
      const work = (round + index / lanes.length) / needed;
      request.onProgress({
        round: round + 1,
        share: Math.min(1, Math.max(time, work)),
        now: rowName(lane.contender),
      });
      const failure = await runLane(lane, request);
      if (failure === null) continue;
      failures.push({ name: rowName(lane.contender), message: failure.message });
      lanes = lanes.filter((other) => other !== lane);
      if (lanes.length === 0) throw failure;
    }
  }
  request.onProgress({ round: lanes[0]!.rounds.length, share: 1, now: null });
  const { items, placement } = request;
  const ran = lanes.map(({ contender }) => contender);
  const rounds = lanes.map((lane) => lane.rounds);
  return {
    result: summariseTrial(ran, rounds, items, placement.cores, rule.minRounds, failures),
    samples: lanes.flatMap(samplesOf),
  };
}

/** Those that memory can't hold; throws where that is all of them. */
function tooLarge({ contenders, items, memory }: TrialRequest): TrialFailure[] {
  const failures = contenders.flatMap((contender): TrialFailure[] => {
    const message = exceedsMemory(contender, items, memory);
    return message === null ? [] : [{ name: rowName(contender), message }];
  });
  if (failures.length < contenders.length) return failures;
  throw new ThinferError(
    'out-of-memory',
    failures.map(({ name, message }) => `${name}: ${message}`).join('\n'),
    { remedy: 'give fewer items, or free memory' },
  );
}

function samplesOf({ contender, rounds }: Lane): TrialSamples[] {
  return rounds.map(({ timesMs }, round) => ({
    configuration: rowName(contender),
    round,
    durationsNs: BigInt64Array.from(timesMs, (ms) => BigInt(Math.round(ms * 1e6))),
  }));
}

/** One round; gives the error where this contender can't be run at all, and throws any other. */
async function runLane(lane: Lane, request: TrialRequest): Promise<ThinferError | null> {
  const killsBefore = kernelOomKills();
  try {
    lane.rounds.push(await runContender(lane.contender, lane.rounds, request));
    return null;
  } catch (thrown) {
    // An interrupt ends the instances, which then fail.
    throwIfAborted(request.signal);
    const error = ThinferError.from(thrown);
    const killed = error.code === 'instance-failed' && kernelOomKills() > killsBefore;
    if (killed || error.code === 'out-of-memory' || error.code === 'engine-failed') return error;
    throw error;
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new ThinferError(
      'interrupted',
      'the profile is kept, the trial is not; the same command goes on from there',
    );
}

/** Enough when there is nothing to compare, when every ratio to the fastest is narrow, or when time is up. */
function isTried(lanes: readonly Lane[], rule: TrialRule, elapsedMs: number): boolean {
  const count = lanes[0]!.rounds.length;
  if (count < Math.min(3, rule.minRounds)) return false;
  if (count >= rule.maxRounds || elapsedMs > rule.ceilingMs) return true;
  return count >= rule.minRounds && widestRatio(lanes) <= rule.halfWidth;
}

/** After how many rounds every ratio to the fastest is narrow, if intervals go on narrowing with the root of the rounds. */
function roundsNeeded(lanes: readonly Lane[], rule: TrialRule): number {
  const count = lanes[0]!.rounds.length;
  if (count < Math.min(3, rule.minRounds)) return rule.minRounds;
  const needed = Math.ceil(count * (widestRatio(lanes) / rule.halfWidth) ** 2);
  return Math.min(rule.maxRounds, Math.max(rule.minRounds, count + 1, needed));
}

/** The largest half width of a ratio to the fastest, over the ratio. */
function widestRatio(lanes: readonly Lane[]): number {
  const medians = lanes.map(({ rounds }) => rounds.map(({ timesMs }) => median(sortSamples(timesMs))));
  const overall = medians.map((list) => median(sortSamples(list)));
  const fastest = medians[overall.indexOf(Math.min(...overall))]!;
  const widths = medians.map((list) => {
    const { ratio, interval } = pairedRatio(list, fastest);
    return relativeHalfWidth(interval, ratio);
  });
  return Math.max(...widths);
}

async function runContender(
  contender: Contender,
  earlier: readonly Round[],
  request: TrialRequest,
): Promise<Round> {
  const { dims, inputs, items, placement, rule } = request;
  const shares = shareItems(contender.groups, items);
  const instances: Instance[] = await request.instances.take(
    keysOf(
      contender,
      shares.map(({ threads }) => threads),
      request,
    ),
  );
  try {
    const changed = await Promise.all(
      instances.map((instance, index) => inputs.bind(instance, { batch: shares[index]!.items, dims })),
    );
    const last = earlier.at(-1);
    return await runRound({
      instances,
      cpus: watchedCpus(placement),
      shapeChanged: changed.includes(true),
      unpinned: contender.kind === 'default',
      expectedMs: last === undefined ? null : median(sortSamples(last.timesMs)),
      slowestMs: slowestOf(shares, request),
      roundMs: rule.roundMs,
      minRuns: rule.minRuns,
      startLimits: rule,
    });
  } catch (error) {
    // The others of the set may be running still.
    await request.instances.drop(instances);
    throw error;
  }
}

/** The longest that any of the instances may take for its share; null where that can't be told. */
function slowestOf(shares: readonly Share[], { slowestRunMs }: TrialRequest): number | null {
  const limits = shares.map(({ items, threads }) => slowestRunMs(items, threads));
  return limits.reduce((most, limit) => (most === null || limit === null ? null : Math.max(most, limit)), 0);
}

/** The CPUs a placement can use: with hardware threads, all of each core. */
function watchedCpus({ machine, hardwareThreads }: Placement): readonly number[] {
  if (!hardwareThreads) return machine.usable;
  const cores = new Set(machine.cpus.filter(({ id }) => machine.usable.includes(id)).map(({ core }) => core));
  return machine.cpus.filter(({ core, allowed }) => allowed && cores.has(core)).map(({ id }) => id);
}

function keysOf(contender: Contender, threads: readonly number[], request: TrialRequest): InstanceKey[] {
  const { engine, placement, wholeMachine } = request;
  switch (contender.kind) {
    case 'pinned':
      return placedKeys(threads, engine, placement);
    case 'default':
      return [
        {
          settings: {
            ...engine,
            threads: wholeMachine ? null : placement.cores,
            untuned: true,
            optimization: 'all',
            spinAfterRun: true,
          },
          cpus: wholeMachine ? null : watchedCpus(placement),
          memoryPolicy: { mode: 'default' },
        },
      ];
  }
}
