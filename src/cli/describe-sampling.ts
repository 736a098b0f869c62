import type { SamplingRule } from '../profile/index.ts';
import { formatPlural, joinWords } from '../report/format.ts';

/** The rules that points were measured by, in words: one where it is the same for all, else with the points of each. */
export function describeSampling(rules: readonly SamplingRule[]): string {
  const groups = Map.groupBy(rules.map(describeRule), (words) => words);
  if (groups.size === 0) return 'nothing was measured';
  if (groups.size === 1) return [...groups.keys()].join();
  return [...groups].map(([words, { length }]) => `${formatPlural(length, 'point')}: ${words}`).join('; ');
}

function describeRule({ fixed, halfWidth, minVisits, minRuns, ceilingMs }: SamplingRule): string {
  if (fixed !== null)
    return `exactly ${formatPlural(fixed.warmups, 'warm-up run')} and ${formatPlural(fixed.iterations, 'counted run')}`;
  const floors = joinWords([formatPlural(minVisits, 'visit'), formatPlural(minRuns, 'run')]);
  return `until the median is known to ±${Number((100 * halfWidth).toPrecision(3))} %: at least ${floors}, at most ${ceilingMs / 1000} s`;
}
