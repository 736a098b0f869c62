import { type Group, instancesOf, type LoadPlanner } from '../plan/index.ts';
import { standingBy } from './change-cost.ts';
import { lowest } from './lowest.ts';
import { planChange } from './plan-change.ts';

/** More load than this share of what the strongest set answers in full batches is prepared for by no set. */
const peakShare = 0.85;
/** The peak is to last so long. */
const lastingMs = 60_000;

/**
 * The set that is best at nearly the most load that any set can answer: with it standing by, a rise of the load is followed at once.
 *
 * @param load What comes now; its items are taken to stay as they are.
 */
export function peakSet(
  planner: LoadPlanner,
  load: { readonly itemsPerRequest: number; readonly itemLength: number },
): readonly Group[] {
  const { itemsPerRequest, itemLength } = load;
  const peak = {
    ...{ itemsPerRequest, itemLength, burstiness: 1, windowMs: lastingMs },
    requestsPerSecond: (peakShare * planner.mostPerSecond(itemLength)) / itemsPerRequest,
  };
  return lowest(planner.candidates, planner.under(peak), 1)[0]!.groups;
}

/** Whether some of a set's instances are neither in force nor stand by, and memory holds all that would have to stand by. */
export function wantsLoading(
  wanted: readonly Group[],
  present: readonly Group[],
  standby: readonly number[],
  room: number,
): boolean {
  const living = instancesOf(present).map((instance, index) => ({ ...instance, index }));
  const { start } = planChange(living, instancesOf(wanted));
  return start.length <= room && standingBy(start, standby) < start.length;
}
