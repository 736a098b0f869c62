import { groupsOf, type Solution } from './solve.ts';
import type { Cell } from './types.ts';

/**
 * The dynamic programme of Packrat (Bhardwaj et al., "Auto-reconfiguration for Latency Minimization in CPU-based DNN
 * Serving", ICML 2025), for comparison: opt[t, b] = min over cells ⟨t', b'⟩ of max(opt[t − t', b − b'], L[t', b']).
 * Its limits are kept: every core is used, the batches add up to exactly the items, and only cells of the table
 * count. Null where no set of cells does both. Its time grows with cores × items × cells.
 */
export function solvePackrat(cells: readonly Cell[], cores: number, items: number): Solution | null {
  const fitting = cells.filter((cell) => cell.threads <= cores && cell.batch <= items);
  const width = items + 1;
  const slowest = new Float64Array((cores + 1) * width).fill(Number.POSITIVE_INFINITY);
  const last = new Int32Array((cores + 1) * width).fill(-1);
  slowest[0] = 0;
  for (let used = 1; used <= cores; used++)
    for (let index = 0; index < fitting.length; index++) {
      const { threads, batch, latencyMs } = fitting[index]!;
      if (threads > used) continue;
      const from = (used - threads) * width - batch;
      const to = used * width;
      for (let held = batch; held <= items; held++) {
        const latency = Math.max(slowest[from + held]!, latencyMs);
        if (latency >= slowest[to + held]!) continue;
        slowest[to + held] = latency;
        last[to + held] = index;
      }
    }
  const latencyMs = slowest[cores * width + items]!;
  if (latencyMs === Number.POSITIVE_INFINITY) return null;
  const instances: Cell[] = [];
  for (let used = cores, held = items; used > 0; ) {
    const cell = fitting[last[used * width + held]!]!;
    instances.push(cell);
    used -= cell.threads;
    held -= cell.batch;
  }
  return { groups: groupsOf(instances), latencyMs, cores, instances: instances.length, placement: null };
}
