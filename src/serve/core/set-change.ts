import type { InstanceKey } from '../../instance/index.ts';
import type { Group } from '../../plan/index.ts';

/** A set that is to come into force. */
export interface WantedSet {
  readonly groups: readonly Group[];
  /** One for each instance, in the order of the groups. */
  readonly keys: readonly InstanceKey[];
  /** Why, in one sentence for people. */
  readonly reason: string;
  /** p99 under the load as it is, of the set in force and of this one; null: nothing was predicted. */
  /** Loaded at the usual priority: the set in force does not keep up. */
  readonly urgent: boolean;
  readonly predicted: { readonly beforeP99Ms: number; readonly afterP99Ms: number } | null;
}

/** Changes that are remembered. */
export const mostChanges = 200;
