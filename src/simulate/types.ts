import type { DispatchOptions } from '../dispatch/index.ts';

/** An instance of the machine that is simulated. */
export interface SimulatedInstance {
  readonly threads: number;
  readonly largestBatch: number;
  /** A batch on one of them excludes batches of other instances there. */
  readonly cpus: readonly number[];
}

/** What a batch of so many items takes on an instance of so many threads, in ms. @param length Over the usual one. Default 1. */
export type ServiceTime = (threads: number, items: number, length?: number) => number;

/** Requests to come. */
export interface Stream {
  /** Ms from the start, ascending. */
  readonly arrivedMs: ArrayLike<number>;
  /** Of each request; left out: 1 each. */
  readonly items?: ArrayLike<number>;
  /** Of each one's items, over the length that service times are known for; left out: they have none. */
  readonly lengths?: ArrayLike<number>;
}

/** A change of the set of instances. */
export interface SimulatedChange {
  /** Those that stay; by their place in the list of all, those that were retired included. */
  readonly keep: readonly number[];
  /** Those that are loaded; they take over when all of them are ready. */
  readonly start: readonly SimulatedInstance[];
  /** New largest batches of those that stay, in their order. */
  readonly batches: readonly number[];
  /** Nothing takes over: what is loaded stands by. Default false. */
  readonly prepares?: boolean;
  readonly how: ChangeModel;
}

/** How a change comes about. */
export interface ChangeModel {
  /** CPU time that loading and warming up one instance takes, in ms. */
  readonly loadCpuMs: number;
  /** Loading gets at least this share of a core, however busy the cores are, for … */
  readonly leastShare: number;
  /** … so long; then it takes its part: half a core for each instance, and batches take twice as long. */
  readonly patienceMs: number;
  /** Batches take so many times longer while instances are loaded in what is left over, by how many cores' worth they get. */
  readonly slowdown: (loadingCores: number) => number;
  /** It takes at least so long, in ms. */
  readonly leastMs: number;
}

/** Follows the load: told what comes, it may change the set. */
export interface Controller {
  /** It is asked again after so many ms. */
  readonly everyMs: number;
  /** … and after so many where more than eight rounds of batches wait. Default `Infinity`. */
  readonly pressedMs?: number;
  /** A request has come. @param length Of its items, over the usual one. */
  arrived(items: number, nowMs: number, length: number): void;
  /** Batches have been cut from a queue of so many items. */
  cut(depth: number, nowMs: number): void;
  /**
   * A change to begin now, or null. Not asked while another one is loaded at the usual priority.
   *
   * @param waiting Items.
   * @param standby Threads of each instance that stands by.
   * @param loading Whether another one is loaded in what serving leaves. What is at hand takes over at once, and what is loaded will stand by;
   * a set that has to be loaded takes its place.
   */
  check(
    nowMs: number,
    instances: readonly (SimulatedInstance & { readonly index: number })[],
    waiting: number,
    standby: readonly number[],
    loading: boolean,
  ): SimulatedChange | null;
}

/** A run may end as soon as too many of its requests are late: more than so many. */
export interface LateBound {
  /** Those are that took so long or longer, from arrival to answer; … */
  readonly ms: number;
  readonly most: number;
  /** … of those that came at this time or later. Default 0. */
  readonly fromMs?: number;
}

/** What is simulated. */
export interface SimulationOptions {
  /** From the start; none of their CPUs twice. */
  readonly instances: readonly SimulatedInstance[];
  /** Cores of the machine. */
  readonly cores: number;
  readonly serviceMs: ServiceTime;
  readonly dispatch?: DispatchOptions;
  /** From the arrival; null: none. Default null. */
  readonly deadlineMs?: number | null;
  readonly controller?: Controller | null;
  /** So many instances that are in the set no more stay loaded, the latest ones, and take over again without a loss of time. Default 0. */
  readonly standby?: number;
  /** Those that stand by from the start. Default: none. */
  readonly standingBy?: readonly SimulatedInstance[];
  /** Null: it goes on to the last answer. Default null. */
  readonly late?: LateBound | null;
  /** Told of each batch that begins. Default: nobody is. */
  readonly onBatch?: (beganMs: number, items: number) => void;
}

/** A change that was made. */
export interface ChangeRecord {
  /** When it was decided, and when the new instances took over. */
  readonly decidedMs: number;
  readonly switchedMs: number;
  readonly instances: readonly SimulatedInstance[];
}

/** What came of it. */
export interface SimulationResult {
  /** From arrival to answer, of each request, in ms; NaN: refused, or not done by its deadline. */
  readonly latencyMs: Float64Array;
  /** When the last request was answered. */
  readonly endMs: number;
  /** Core-ms of batches. */
  readonly busyMs: number;
  readonly batches: number;
  readonly changes: readonly ChangeRecord[];
  /** Most items that waited at once, one that was refused included. */
  readonly deepest: number;
  /** Too many were late: what is here is of the requests up to then. */
  readonly cutShort: boolean;
}
