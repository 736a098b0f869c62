import type { Group } from '../plan/index.ts';

/** What a strategy is asked with, once a second or so. */
export interface Moment {
  readonly nowMs: number;
  /** The set in force. */
  readonly groups: readonly Group[];
  /** Items that wait now. */
  readonly waiting: number;
  /** Threads of each instance that stands by: loaded, and in no set. */
  readonly standby: readonly number[];
  /** Others are being loaded in what serving leaves: only what is at hand can take over now, or what is urgent. */
  readonly loading: boolean;
}

/** Another set is better. */
export interface Proposal {
  readonly groups: readonly Group[];
  /** In one sentence, for people. */
  readonly reason: string;
  /** What is expected under the load as it is: of the set in force, and of the other; null where the strategy predicts nothing. */
  readonly predicted: { readonly beforeP99Ms: number; readonly afterP99Ms: number } | null;
  /** The set in force does not keep up: the new one is to be loaded at once, whatever that takes from it. */
  readonly urgent: boolean;
  /** It is not to take over, only to be loaded where loading does no harm, and to stand by. */
  readonly prepares: boolean;
}

/** Decides when the set is changed, and to what. */
export interface Strategy {
  readonly name: string;
  /** Where more than eight rounds of batches wait it is asked again after so many ms, whatever the interval; `Infinity`: it is not. */
  readonly pressedMs: number;
  /** A request has come. @param length Of each item, over the length that latencies are known for; default 1. */
  arrived(items: number, nowMs: number, length?: number): void;
  /** Batches have been cut from a queue of so many items. */
  cut(depth: number, nowMs: number): void;
  /** A change to begin now; null: none. */
  check(moment: Moment): Proposal | null;
}
