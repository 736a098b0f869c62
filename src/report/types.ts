import type { Machine } from '../machine/types.ts';
import type { Model, ModelCost } from '../model/types.ts';
import type { PlanAnswer } from '../plan/types.ts';
import type { Point } from '../profile/types.ts';
import type { TrialResult } from '../trial/types.ts';
import type { ServingModel, ServingResult } from './serving-result.ts';

/** Of a comparison of servers end to end, what belongs to one model. */
export interface ServingData extends Omit<ServingResult, 'models'> {
  /** Name of the file that it comes from. */
  readonly file: string;
  readonly model: ServingModel;
}

/** All that one page is drawn from; it is also the page's JSON download. */
export interface ReportData {
  /** Software that made it: thinfer, Node, engine. */
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly machine: Machine;
  readonly model: Model;
  /** Cost of one item at the profile's dimensions. */
  readonly costPerItem: ModelCost;
  /** Settings that all points share, by name, as text. */
  readonly settings: Readonly<Record<string, string>>;
  /** T of the question; a hardware thread counts as one where those were asked for. */
  readonly cores: number;
  /** Points of both modes, on any number of cores; failed ones included. */
  readonly points: readonly Point[];
  /** Null where only a profile was made. */
  readonly plan: PlanAnswer | null;
  readonly trial: TrialResult | null;
  /** The model served by thinfer and by others; only where a file of it was given. */
  readonly serving?: ServingData;
  /** The command that repeats all this. */
  readonly command: string;
}
