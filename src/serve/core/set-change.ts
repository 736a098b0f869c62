import type { InstanceKey } from '../../instance/index.ts';
import type { Group } from '../../plan/index.ts';

/** A set that is to come into force. */
export interface WantedSet {
  readonly groups: readonly Group[];
  /** One for each instance, in the order of the groups. */
  readonly keys: readonly InstanceKey[];
  /** Why, in one sentence for people. */
  readonly reason: string;
  /** Loaded at the usual priority: the set in force does not keep up. */
  readonly urgent: boolean;
  /** Loaded in what serving leaves, for as long as it takes: another set that is at hand, or urgent, takes over before it. */
  readonly patient: boolean;
  /** p99 under the load as it is, of the set in force and of this one; null: nothing was predicted. */
  readonly predicted: { readonly beforeP99Ms: number; readonly afterP99Ms: number } | null;
}

/** A set that is loaded, and what may happen to it meanwhile. */
export class UnderWay {
  /** Loaded for as long as it takes, and another set may come before it. */
  patient: boolean;
  /** Another set has taken over: what is loaded stands by. */
  overtaken = false;
  readonly wanted: WantedSet;
  private readonly stopping = new AbortController();
  private readonly hurrying = new AbortController();

  constructor(wanted: WantedSet) {
    this.wanted = wanted;
    this.patient = wanted.patient;
  }

  /** Aborted when the loading ends for another set that is urgent. */
  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  /** Aborted when the loading is to get its share of the cores. */
  get hurried(): AbortSignal {
    return this.hurrying.signal;
  }

  stop(): void {
    this.stopping.abort();
  }

  hurry(): void {
    this.hurrying.abort();
  }
}

/** Whether two sets are of the same instances, whatever their batches. */
export function sameInstances(a: WantedSet, b: WantedSet): boolean {
  const namesOf = ({ keys }: WantedSet): string =>
    keys.map(({ settings, cpus }) => `${settings.threads}@${cpus ?? ''}`).join(' ');
  return namesOf(a) === namesOf(b);
}

/** Changes that are remembered. */
export const mostChanges = 200;
