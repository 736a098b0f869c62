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
import { median, seededRandom, shuffled, sortSamples } from '../stats/index.ts';
import { type Contender, rowName, type Share, shareItems } from './contenders.ts';
import { exceedsMemory, type TrialMemory } from './exceeds-memory.ts';
import {
  cutToFullRounds,
  type EndRule,
  endingOf,
  fullRounds,
  type Lane,
  leastRounds,
  leaveBeaten,
  roundsNeeded,
  runningOf,
  samplesOf,
} from './lanes.ts';
import { type Round, runRound } from './run-round.ts';
import { summariseTrial } from './summarise-trial.ts';
import type { Ending, TrialFailure, TrialResult, TrialSamples } from './types.ts';

/** How a trial runs, and when it has run enough. */
export interface TrialRule extends EndRule {
  /** Counted time of a configuration in a round, roughly; at least `minRuns` runs. */
  readonly roundMs: number;
  readonly minRuns: number;
  /** A round in which instances begin later than this share of the set's time, and than so many ms, is disturbed. */
  readonly lateShare: number;
  readonly lateMs: number;
}

/** Until the configurations part: from 8 to 60 rounds, within a minute. */
export const defaultTrialRule: TrialRule = {
  minRounds: 8,
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

/**
 * Runs all contenders in interleaved rounds until they part; gives the result and the raw samples. Contenders that are
 * certainly slower than the leader leave before the end. An interrupt after three full rounds gives what those say.
 */
export async function trial(
  request: TrialRequest,
): Promise<{ result: TrialResult; samples: TrialSamples[] }> {
  const { items, placement, rule } = request;
  const failures = tooLarge(request);
  const lanes = request.contenders
    .filter((contender) => !failures.some(({ name }) => name === rowName(contender)))
    .map((contender): Lane => ({ contender, rounds: [], state: 'running' }));
  const endedBy = await runRounds(lanes, failures, request);
  const ran = lanes.filter(({ state }) => state !== 'failed');
  request.onProgress({ round: Math.max(...ran.map(({ rounds }) => rounds.length)), share: 1, now: null });
  const result = summariseTrial({
    contenders: ran.map(({ contender }) => contender),
    rounds: ran.map(({ rounds }) => rounds),
    items,
    cores: placement.cores,
    minRounds: rule.minRounds,
    endedBy,
    failures,
  });
  return { result, samples: ran.flatMap(samplesOf) };
}

/** Round after round until it is enough. Lanes that fail are added to `failures`. */
async function runRounds(
  lanes: readonly Lane[],
  failures: TrialFailure[],
  request: TrialRequest,
): Promise<Ending> {
  const { rule } = request;
  const began = performance.now();
  const random = seededRandom(2);
  try {
    for (let round = 0; ; round++) {
      const elapsedMs = performance.now() - began;
      const ending = endingOf(lanes, rule, elapsedMs);
      if (ending !== null) return ending;
      leaveBeaten(lanes, rule);
      const needed = roundsNeeded(lanes, rule);
      const order = shuffled(runningOf(lanes), random);
      for (const [index, lane] of order.entries()) {
        const time = (performance.now() - began) / rule.ceilingMs;
        const work = (round + index / order.length) / needed;
        const share = Math.min(1, Math.max(time, work));
        request.onProgress({ round: round + 1, share, now: rowName(lane.contender) });
        const failure = await runLane(lane, request);
        if (failure === null) continue;
        failures.push({ name: rowName(lane.contender), message: failure.message });
        lane.state = 'failed';
        if (lanes.every(({ state }) => state === 'failed')) throw failure;
      }
    }
  } catch (error) {
    if (!request.signal.aborted || fullRounds(lanes) < leastRounds) throw error;
    cutToFullRounds(lanes);
    return 'interrupted';
  }
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

/** One round; gives the error where this contender can't be run at all, and throws any other. */
async function runLane(lane: Lane, request: TrialRequest): Promise<ThinferError | null> {
  const killsBefore = kernelOomKills();
  throwIfAborted(request.signal);
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
