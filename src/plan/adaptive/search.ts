import type { Configuration } from './change.ts';
import type { PlanningCase } from './planner.ts';
import type { Place } from './prior.ts';

/**
 * The exact search of `solve`, made for many random tables over the same places: cells are indexes, sets of places that
 * several cases look at are looked at once, and ties are settled by chance.
 */
export class Search {
  private readonly places: readonly Place[];
  private readonly cases: readonly PlanningCase[];
  /** Thread counts, ascending, and the place of each place's count in that list. */
  private readonly threads: readonly number[];
  private readonly columns: Int32Array;
  private readonly mostCores: number;

  /** Each case must have a configuration on these places. */
  constructor(places: readonly Place[], cases: readonly PlanningCase[]) {
    this.places = places;
    this.cases = cases;
    this.threads = [...new Set(places.map(({ threads }) => threads))].sort((a, b) => a - b);
    this.columns = Int32Array.from(places, ({ threads }) => this.threads.indexOf(threads));
    this.mostCores = Math.max(...cases.map(({ cores }) => cores));
  }

  /** The places of a fastest configuration of each case, where ln L at the places is `table`. */
  best(table: Float64Array): Configuration[] {
    const byTime = Int32Array.from(this.places.keys()).sort((a, b) => table[a]! - table[b]!);
    const known = new Map<number, Fill>();
    const fillOf = (count: number): Fill => {
      const fill = known.get(count) ?? this.fill(byTime.subarray(0, count));
      known.set(count, fill);
      return fill;
    };
    return this.cases.map(({ cores, items }) => {
      let low = 1;
      let high = byTime.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (fillOf(middle).most[cores]! >= items) high = middle;
        else low = middle + 1;
      }
      return this.configurationOf(fillOf(low), cores, items);
    });
  }

  /** The most items that these places hold on every number of cores: an unbounded knapsack. */
  private fill(indexes: Int32Array): Fill {
    const largest = new Int32Array(this.threads.length).fill(-1);
    for (const index of indexes) {
      const known = largest[this.columns[index]!]!;
      if (known < 0 || this.places[known]!.batch < this.places[index]!.batch)
        largest[this.columns[index]!] = index;
    }
    const useful: number[] = [];
    for (const index of largest)
      if (index >= 0 && this.places[index]!.batch > (this.places[useful.at(-1)!]?.batch ?? 0))
        useful.push(index);
    const most = new Float64Array(this.mostCores + 1);
    const last = new Int32Array(this.mostCores + 1).fill(-1);
    for (let cores = 1; cores <= this.mostCores; cores++) {
      most[cores] = most[cores - 1]!;
      for (const index of useful) {
        const { threads, batch } = this.places[index]!;
        if (threads > cores) break;
        if (most[cores - threads]! + batch <= most[cores]!) continue;
        most[cores] = most[cores - threads]! + batch;
        last[cores] = index;
      }
    }
    return { most, last };
  }

  private configurationOf({ most, last }: Fill, cores: number, items: number): Configuration {
    let left = cores;
    while (left > 0 && most[left - 1]! >= items) left--;
    const found = new Set<number>();
    while (left > 0) {
      const index = last[left]!;
      if (index >= 0) found.add(index);
      left -= index >= 0 ? this.places[index]!.threads : 1;
    }
    return [...found].sort((a, b) => a - b);
  }
}

interface Fill {
  /** Items by number of cores. */
  readonly most: Float64Array;
  /** The place of the instance that was added last; -1: a core was left idle. */
  readonly last: Int32Array;
}
