import { membersOf, planChange } from '../../adapt/index.ts';
import { ThinferError } from '../../errors.ts';
import type { ChangeWay, SetChange } from '../types.ts';
import type { Place } from './place.ts';
import { allOf, closeAll } from './places.ts';
import type { MeasuredPlace, ServedModel } from './served-model.ts';
import type { UnderWay, WantedSet } from './set-change.ts';
import type { WarmUp } from './warm-up.ts';

/** So often it is looked whether loading has to be quick. */
const patienceCheckMs = 50;

/** What changes the set of a model. */
export interface SetChanger {
  readonly served: ServedModel;
  /** Memory that one instance is expected to take, and what can be had now. */
  readonly instanceBytes: number;
  readonly availableBytes: () => number;
  /** A place for an instance of the wanted set, by its number in it; not started. */
  readonly placeFor: (wanted: WantedSet, index: number, raiseOn: AbortSignal) => Place;
  /** So long the new instances are loaded in what serving leaves, where that is not for as long as it takes; then they take their part. */
  readonly patienceMs: number;
  /** A place like one that was retired, to put it back. */
  readonly placeLike: (place: Place) => Place;
  /** With what is known of its latencies; null before it has warmed up. */
  readonly measured: (place: Place, warm: WarmUp | null) => MeasuredPlace;
  readonly reference: WarmUp['answer'];
  /** Ends the change: the model goes. */
  readonly signal: AbortSignal;
  /** What may happen to it meanwhile. */
  readonly underWay: UnderWay;
  /** Told of a change when it begins. */
  readonly onBegin: (change: SetChange) => void;
}

/**
 * Brings another set into force; no request is lost, whatever fails. Beside the old one: it serves until every new instance has given a
 * warm answer, then takes no further batch. Where that fails, nothing has changed. One after the other where memory does not hold both:
 * where that fails, those that went are put back.
 */
export async function changeSet(wanted: WantedSet, changer: SetChanger): Promise<SetChange> {
  const { served } = changer;
  const beganMs = performance.now();
  const plan = planOf(wanted, served);
  const change = recordOf(wanted, changer, plan);
  changer.onBegin(change);
  const busyBefore = served.busyCoreMs;
  const { underWay } = changer;
  const patience = setInterval(() => {
    const isLong = !underWay.patient && performance.now() - beganMs >= changer.patienceMs;
    if (served.pressed || isLong) underWay.hurry();
  }, patienceCheckMs);
  try {
    const places = plan.start.map((index) => changer.placeFor(wanted, index, underWay.hurried));
    // Half of a set can't give way.
    if (change.way === 'in-turn') underWay.patient = false;
    if (change.way === 'in-turn') await replaceInTurn(places, plan, change, changer);
    else await replaceBeside(places, plan, change, changer);
    change.state = underWay.overtaken ? 'overtaken' : 'done';
    if (!underWay.overtaken)
      served.plan = { groups: wanted.groups, pinned: true, source: 'adapted', why: wanted.reason };
  } catch (thrown) {
    if (underWay.stopped.aborted) {
      change.state = 'overtaken';
      return change;
    }
    const error = ThinferError.from(thrown);
    change.state = 'failed';
    change.error = error.message;
    throw new ThinferError(error.code, `the set was not changed: ${error.message}`);
  } finally {
    clearInterval(patience);
    change.durationMs = performance.now() - beganMs;
    served.changeTotals.ms += change.durationMs;
    if (change.state !== 'loading') served.changeTotals[change.state]++;
    change.busyCores = (served.busyCoreMs - busyBefore) / Math.max(change.durationMs, 1);
  }
  return change;
}

/** Indexes of those that stay, are taken back and go, and numbers in the wanted set of those that come. */
interface IndexedPlan {
  readonly keep: readonly { readonly index: number; readonly largestBatch: number }[];
  /** Those that stand by. */
  readonly restore: readonly { readonly index: number; readonly largestBatch: number }[];
  readonly start: readonly number[];
  readonly retire: readonly number[];
}

function planOf(wanted: WantedSet, served: ServedModel): IndexedPlan {
  const members = membersOf(wanted.groups).map((member, index) => ({
    ...member,
    cpus: wanted.keys[index]!.cpus,
    number: index,
  }));
  const { keep, start, retire } = planChange(served.instances, members);
  const { keep: restore, start: load } = planChange(served.standingBy, start);
  return { keep, restore, retire, start: load.map(({ number }) => number) };
}

function recordOf(wanted: WantedSet, changer: SetChanger, plan: IndexedPlan): SetChange {
  const { served } = changer;
  const { keep, restore, start, retire } = plan;
  const way = wayOf(changer, plan);
  return {
    from: served.plan.groups,
    to: wanted.groups,
    reason: wanted.reason,
    predicted: wanted.predicted,
    way,
    kept: keep.length,
    restored: restore.length,
    started: start.length,
    retired: retire.length,
    lossShare: way === 'in-turn' ? lossInTurn(wanted, served, plan) : 0,
    beganMs: Date.now(),
    state: 'loading',
    durationMs: null,
    loadCpuMs: 0,
    busyCores: 0,
    error: null,
    effect: null,
  };
}

/** What stands by goes first where memory does not hold all. */
function wayOf(
  { served, instanceBytes, availableBytes }: SetChanger,
  { restore, start }: IndexedPlan,
): ChangeWay {
  if (start.length === 0) return restore.length > 0 ? 'standby' : 'batches';
  const needed = start.length * instanceBytes;
  const wanted = restore.map(({ index }) => index);
  const freed = served.standby.makeRoom(needed, wanted) * instanceBytes;
  return needed <= availableBytes() + freed ? 'beside' : 'in-turn';
}

/** Whether nothing has to be loaded: all instances of a set are in force or stand by. */
export const isAtHand = (wanted: WantedSet, served: ServedModel): boolean =>
  planOf(wanted, served).start.length === 0;

/** Loads those of a set that are neither in force nor stand by, in what serving leaves; they stand by. Says whether it came to that. */
export async function prepareSet(wanted: WantedSet, changer: SetChanger): Promise<boolean> {
  const { served, underWay } = changer;
  const places = planOf(wanted, served).start.map((index) =>
    changer.placeFor(wanted, index, underWay.hurried),
  );
  try {
    standBy(places, await startBeside(places, changer), changer);
    return true;
  } catch (error) {
    if (underWay.stopped.aborted) return false;
    throw error;
  }
}

function standBy(places: readonly Place[], warm: readonly WarmUp[], { served, measured }: SetChanger): void {
  for (const [at, place] of places.entries()) {
    place.raise();
    served.addStandby(measured(place, warm[at]!));
  }
}

/** All or none. */
async function startBeside(places: readonly Place[], { signal, reference }: SetChanger): Promise<WarmUp[]> {
  const end = (): void => void closeAll(places, true);
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    const warm = await allOf(places.map((place) => place.start(Promise.resolve(reference))));
    signal.throwIfAborted();
    if (places.some((place) => !place.alive))
      throw new ThinferError('instance-failed', 'a new instance ended before it took over');
    return warm;
  } catch (error) {
    await closeAll(places, true);
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function replaceBeside(
  places: readonly Place[],
  { keep, restore, retire }: IndexedPlan,
  change: SetChange,
  changer: SetChanger,
): Promise<void> {
  const { served, measured } = changer;
  const warm = await startBeside(places, changer);
  for (const place of places) change.loadCpuMs += place.cpuMs;
  if (changer.underWay.overtaken) {
    standBy(places, warm, changer);
    return;
  }
  for (const place of places) place.raise();
  const add = places.map((place, at) => measured(place, warm[at]!));
  served.switchTo({ keep, add, restore: restore.filter(({ index }) => served.placeAt(index).alive), retire });
}

/** Each new one where those have gone that had its CPUs. */
async function replaceInTurn(
  places: readonly Place[],
  { keep, restore, retire }: IndexedPlan,
  change: SetChange,
  changer: SetChanger,
): Promise<void> {
  const { served, signal, reference, measured } = changer;
  const left = new Set(retire);
  const gone: Place[] = [];
  const come: number[] = [];
  try {
    for (const place of places) {
      signal.throwIfAborted();
      // It is expected before the old ones go, so that requests wait for it.
      const index = served.expect(measured(place, null));
      come.push(index);
      for (const old of [...left].filter((one) => served.overlap(one, place))) {
        left.delete(old);
        gone.push(served.placeAt(old));
        await served.retirePlace(old);
      }
      const warm = await place.start(Promise.resolve(reference));
      change.loadCpuMs += place.cpuMs;
      place.raise();
      served.arrive(index, measured(place, warm));
    }
    served.switchTo({ keep, add: [], restore, retire: [...left] });
  } catch (error) {
    // In the order in which they went: each where the new one is gone that took its CPUs.
    for (const index of come) await served.retirePlace(index);
    if (!signal.aborted)
      for (const old of gone) {
        const place = changer.placeLike(old);
        const index = served.expect(measured(place, null));
        place.keepTrying(reference, (warm) => served.arrive(index, measured(place, warm)));
      }
    throw error;
  }
}

/** What is missing at the worst moment of replacing one after the other. */
function lossInTurn(wanted: WantedSet, served: ServedModel, { keep, start, retire }: IndexedPlan): number {
  const living = new Map(served.instances.map((one) => [one.index, one]));
  const rate = (indexes: Iterable<number>): number =>
    [...indexes].reduce((sum, index) => sum + served.itemsPerMs(index), 0);
  const all = rate(living.keys());
  const left = new Set(retire);
  const kept = keep.map(({ index }) => index);
  let worst = all;
  let come = 0;
  const eachCome = (all - rate(kept)) / Math.max(1, start.length);
  for (const number of start) {
    const cpus = new Set(wanted.keys[number]!.cpus ?? []);
    for (const index of [...left])
      if ((living.get(index)?.cpus ?? []).some((cpu) => cpus.has(cpu))) left.delete(index);
    worst = Math.min(worst, rate(left) + rate(kept) + come * eachCome);
    come++;
  }
  return all === 0 ? 0 : Math.max(0, 1 - worst / all);
}
