import { ThinferError } from '../errors.ts';
import { formatGroups, type LengthRange, type LengthTable, planLengths } from '../plan/index.ts';
import type { ServedPlan } from '../serve/types.ts';
import type { StoreReader } from '../store/index.ts';
import { storedPoints } from './measure.ts';
import { planInput } from './plan-input.ts';
import { notMeasured } from './plan-lengths.ts';
import type { Subject } from './session.ts';

/**
 * The instances that serve ranges of lengths best, by what was measured at the upper end of each: one set for all, or sets for short, middle
 * and long requests. Throws `not-found` where a length was not measured.
 *
 * @param dim The dimension that the lengths are sizes of.
 */
export function planByLength(
  subject: Subject,
  {
    dim,
    ranges,
    store,
  }: { readonly dim: string; readonly ranges: readonly LengthRange[]; readonly store: StoreReader | null },
): ServedPlan {
  const { cores, items, model, placement } = subject;
  const tables = new Map<number, LengthTable>();
  for (const { upTo } of store === null ? [] : ranges) {
    const points = storedPoints({ ...subject, dims: { ...subject.dims, [dim]: upTo } }, store!);
    if (points.length > 0) tables.set(upTo, planInput(points, cores, store!));
  }
  const missing = ranges.map(({ upTo }) => upTo).filter((length) => !tables.has(length));
  if (missing.length > 0)
    throw notMeasured(missing, dim, model.name, {
      ...{ cores: [cores], items: [items], hardwareThreads: placement.hardwareThreads },
    });
  const { best, oneSet, speedup } = planLengths({
    ranges,
    target: { goal: 'latency', items },
    limits: { cores },
    fit: true,
    tableAt: (length) => tables.get(length)!,
  });
  const gain =
    oneSet === null || speedup.oneSet === null
      ? ''
      : `, ${speedup.oneSet.toFixed(2)} times as fast as one set for all`;
  const sets = best.sets.map(({ paddedTo, plan }) => `${formatGroups(plan.groups)} up to ${paddedTo}`);
  return {
    groups: best.sets.flatMap(({ plan }) => plan.groups),
    lengths: best.sets.flatMap(({ paddedTo, plan }) => plan.groups.map(() => paddedTo)),
    ...{ pinned: true, source: 'planned' },
    why: `the best for ${items} items of these lengths by the profiles: ${sets.join(', ')}${best.sets.length > 1 ? gain : ''}; it was not tried`,
  };
}

/** The dimension of the lengths. Throws `usage` where requests of the model are not padded, or another set was asked for. */
export function lengthDim(model: string, dim: string | null, others: readonly string[]): string {
  const problems = [
    ...(dim === null ? [`${model} is served without padding, so its requests have no length`] : []),
    ...others.map((other) => `not together with ${other}`),
  ];
  if (dim !== null && problems.length === 0) return dim;
  const remedy =
    dim === null ? { remedy: 'name the dimension: MODEL:pad=sequence; see docs/serving.md' } : {};
  throw new ThinferError('usage', problems.map((problem) => `--lengths: ${problem}`).join('\n'), remedy);
}
