import type { Group } from '../../plan/index.ts';
import type { CurveName, RecentFigures } from '../metrics/model-track.ts';
import type { AdaptView, InstanceView, PlanSource, SetChange } from '../types.ts';

/** What `GET /page/state.json` answers. */
export interface StateDocument {
  readonly server: ServerState;
  /** Number of the last look; curves end with it. */
  readonly tick: number;
  readonly tickMs: number;
  /** CPUs that may be used, ascending, with their busy share, whoever keeps them busy; null: not known yet. */
  readonly cpus: readonly { readonly cpu: number; readonly busy: number | null }[];
  readonly models: readonly ModelState[];
}

/** The server process and its machine. */
export interface ServerState {
  readonly name: string;
  readonly version: string;
  readonly state: 'starting' | 'ready' | 'draining';
  readonly ready: boolean;
  readonly upSeconds: number;
  readonly cpuModel: string;
  readonly memory: { readonly ownBytes: number; readonly arenaBytes: number };
  readonly eventLoop: { readonly p99Ms: number; readonly busy: number };
  readonly connections: readonly { readonly port: number; readonly open: number; readonly total: number }[];
  readonly answers: readonly { readonly protocol: string; readonly status: string; readonly count: number }[];
}

/** A version of a model. */
export interface ModelState {
  readonly name: string;
  readonly version: string;
  readonly engine: string;
  readonly ready: boolean;
  readonly plan: {
    readonly groups: readonly Group[];
    readonly pinned: boolean;
    readonly source: PlanSource;
    readonly why: string;
  };
  /** The last of them, the newest first. */
  readonly changes: readonly ChangeState[];
  /** What the set follows; null: it stays as it is. */
  readonly follower: AdaptView | null;
  readonly inputs: readonly InputState[];
  readonly waiting: number;
  readonly requests: number;
  readonly items: number;
  readonly batches: readonly { readonly items: number; readonly count: number; readonly inferMs: number }[];
  /** By code, all that were not answered. */
  readonly failures: readonly { readonly code: string; readonly count: number }[];
  /** Of the failures: refused at the door. */
  readonly refused: number;
  readonly deadlineMisses: number;
  /** Null until there was a look. */
  readonly recent: RecentFigures | null;
  readonly instances: readonly InstanceState[];
  /** Loaded, and not in the set: to take over at once. */
  readonly standingBy: readonly InstanceState[];
  /** One value a tick, the last that of `tick`; null where there is none. */
  readonly curves: Readonly<Record<CurveName, readonly (number | null)[]>>;
}

/** A change of the set. */
export interface ChangeState
  extends Pick<
    SetChange,
    'from' | 'to' | 'reason' | 'predicted' | 'way' | 'state' | 'durationMs' | 'error' | 'effect'
  > {
  /** Since the decision. */
  readonly secondsAgo: number;
}

/** An input, so that a request can be made up. */
export interface InputState {
  readonly name: string;
  readonly datatype: string;
  /** Sizes, and names where they are free; null: not even their number is known. */
  readonly shape: readonly (number | string)[] | null;
  /** Which dimension counts items; -1: none. */
  readonly batchAt: number;
}

/** An instance. */
export interface InstanceState extends InstanceView {
  readonly rssBytes: number | null;
  readonly pssBytes: number | null;
  /** Busy share of each tick; null where it was not there. */
  readonly busy: readonly (number | null)[];
}
