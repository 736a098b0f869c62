export { type AdaptiveRequest, type AdaptiveResult, adaptiveProfile } from './adaptive-profile.ts';
export { type CellSet, type Placement, placedKeys, replicaCount, takeCellSet } from './cell-set.ts';
export { GeneratedInputs } from './generated-inputs.ts';
export {
  type GridCell,
  type GridQuestion,
  gridCells,
  isSameAlone,
  powersUpTo,
  refuseTooManyThreads,
} from './grid.ts';
export { hangLimitMs, hangRule, type SlowestRun, slowestRunOf } from './hang-limit.ts';
export { kernelOomKills } from './kernel-oom-kills.ts';
export { failureCode, pointVisits, toPoint } from './point.ts';
export { methodNumber, pointHash } from './point-settings.ts';
export {
  type ProfileProgress,
  type ProfileRequest,
  type ProfileResult,
  ProfileRun,
  profile,
  settingsOf,
  throwIfAborted,
} from './profile.ts';
export { runVisit } from './run-visit.ts';
export { countedVisits, defaultRule, isSampled, runsPerVisit } from './sampling-rule.ts';
export { momentMedians, replicaSamples, summariseLatencies, worstOfEachKind } from './summarise.ts';
export type * from './types.ts';
