import { defaultRule, type SamplingRule } from '../profile/index.ts';
import type { ReadSweep } from './read-sweep.ts';

/** The stopping rule that a sweep asks for. */
export function ruleOf({ interval, warmup, iterations, minRuns, ceilingMs }: ReadSweep): SamplingRule {
  const isFixed = warmup !== undefined || iterations !== undefined;
  return {
    ...defaultRule,
    halfWidth: interval,
    ...(minRuns === undefined ? {} : { minRuns }),
    ...(ceilingMs === undefined ? {} : { ceilingMs }),
    ...(isFixed ? { fixed: { warmups: warmup ?? 1, iterations: iterations ?? 10 } } : {}),
  };
}
