import { rateTolerance } from './choice.ts';

/** What a run of consecutive ranges costs on so many cores; lists of these have rising cores and falling costs. */
export interface CostStep {
  readonly cores: number;
  readonly cost: number;
}

/** The ranges from `from` up to and with `to`, by index, on cores of their own. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly cores: number;
}

/** The steps of the ranges `from` … `to`; empty where no number of cores will do. */
export type Steps = (from: number, to: number) => readonly CostStep[];

/**
 * Cuts `count` consecutive ranges into parts and gives each cores such that the largest cost is least; of those that
 * reach it, the one with the fewest cores, then the fewest parts. Null where the cores are too few. Exact: binary
 * search over the costs that occur, each checked by a dynamic programme over the cut points.
 */
export function partitionRanges(count: number, cores: number, steps: Steps): Part[] | null {
  const costs: number[] = [];
  for (let from = 0; from < count; from++)
    for (let to = from; to < count; to++)
      costs.push(...steps(from, to).flatMap((step) => (step.cores <= cores ? step.cost : [])));
  costs.sort((a, b) => a - b);
  const fits = (cost: number): Part[] | null => fewestCores(count, cost, cores, steps);
  let low = 0;
  let high = costs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(costs[middle]!) !== null) high = middle;
    else low = middle + 1;
  }
  return low === costs.length ? null : fits(costs[low]!);
}

/** The best way to cut the ranges before some point. */
interface Cut {
  readonly cores: number;
  readonly parts: readonly Part[];
}

/** The parts on the fewest cores, then the fewest parts, none of which costs more than `cost`; null: more than `cores`. */
function fewestCores(count: number, cost: number, cores: number, steps: Steps): Part[] | null {
  // Costs made of rates are sums, whose terms were added in another order.
  const most = cost * (1 + rateTolerance);
  const best: (Cut | null)[] = [{ cores: 0, parts: [] }];
  for (let end = 1; end <= count; end++) {
    let least: Cut | null = null;
    for (let from = 0; from < end; from++) {
      const before = best[from]!;
      const step = steps(from, end - 1).find((one) => one.cost <= most);
      if (before === null || step === undefined) continue;
      const cut = {
        cores: before.cores + step.cores,
        parts: [...before.parts, { from, to: end - 1, cores: step.cores }],
      };
      if (least === null || isLess(cut, least)) least = cut;
    }
    best.push(least);
  }
  const whole = best[count]!;
  return whole === null || whole.cores > cores ? null : [...whole.parts];
}

const isLess = (a: Cut, b: Cut): boolean =>
  a.cores < b.cores || (a.cores === b.cores && a.parts.length < b.parts.length);
