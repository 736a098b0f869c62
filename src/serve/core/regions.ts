import { windowBytes } from '../../instance/index.ts';
import { Lease, type Lender } from './lease.ts';

/** Places for outputs, beside the one whose results are copied. */
const leasedRegions = 4;
/** The inputs have one, the copied results have one. */
const strideBytes = Math.floor(windowBytes() / (leasedRegions + 2) / 4096) * 4096;

/** A place for the outputs of one batch. */
export interface Region {
  readonly index: number;
  /** First byte in the arena. */
  readonly at: number;
  /** Null: the results are to be copied at once, for the place is needed again. */
  readonly lease: Lease | null;
}

/**
 * How an instance's arena is divided: inputs at its start, then places for outputs, so that the next batch can run while
 * the last one's results are still being sent. Untouched parts take no memory. When slow clients hold all places, results
 * go to a place of which they are copied.
 */
export class Regions implements Lender {
  /** Most bytes of the inputs, and of the outputs, of one batch. */
  static readonly capacity = strideBytes;
  /** By index; the place without a lease is none of them. */
  private readonly held: boolean[] = new Array(leasedRegions + 1).fill(false);
  private leases = 0;
  private emptied: (() => void) | null = null;

  /** A place that is free now; the lowest, so that few are touched. */
  take(): Region {
    for (let index = 1; index <= leasedRegions; index++) {
      if (this.held[index]) continue;
      this.held[index] = true;
      this.leases++;
      return { index, at: strideBytes * (index + 1), lease: new Lease(this, index) };
    }
    return { index: 0, at: strideBytes, lease: null };
  }

  /** Fulfilled when nothing is held; nothing may be taken any more. */
  async empty(): Promise<void> {
    if (this.leases > 0)
      await new Promise<void>((resolve) => {
        this.emptied = resolve;
      });
  }

  give(index: number): void {
    this.held[index] = false;
    this.leases--;
    if (this.leases === 0) this.emptied?.();
  }
}
