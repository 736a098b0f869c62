import { invariant } from '../../errors.ts';
import { windowBytes } from '../../instance/index.ts';
import { Lease, type Lender } from './lease.ts';

/** Batches under way at once: the one that runs, and the one behind it. Each has a place for inputs, and one for copied results. */
const banks = 2;
/** Places for outputs that are not copied. */
const leasedPlaces = 4;
const strideBytes = Math.floor(windowBytes() / (2 * banks + leasedPlaces) / 4096) * 4096;

/** The places of one batch. */
export interface Region {
  /** Tells it from others; equal ones have equal places. */
  readonly name: string;
  readonly bank: number;
  /** First byte of the inputs, and of the outputs, in the arena. */
  readonly inputsAt: number;
  readonly outputsAt: number;
  /** Null: the results are to be copied at once, for their place is needed again. */
  readonly lease: Lease | null;
}

/**
 * How an instance's arena is divided: places for inputs, of a batch each, places for outputs of which the results are copied, of a batch
 * each, and places for outputs, so that the next batch can run while the last one's results are still being sent. Untouched parts take
 * no memory. When slow clients hold all places, results are copied.
 */
export class Regions implements Lender {
  /** Most bytes of the inputs, and of the outputs, of one batch. */
  static readonly capacity = strideBytes;
  private readonly held: boolean[] = new Array(leasedPlaces).fill(false);
  private leases = 0;
  private readonly busy: boolean[] = new Array(banks).fill(false);
  private emptied: (() => void) | null = null;

  /** Places that are free now, the lowest, so that few are touched; `end` gives those of the inputs back. */
  take(): Region {
    const bank = this.busy.indexOf(false);
    invariant(bank >= 0, 'Two batches are under way at most.');
    this.busy[bank] = true;
    const inputsAt = strideBytes * bank;
    const index = this.held.indexOf(false);
    if (index < 0)
      return { name: `${bank}/copy`, bank, inputsAt, outputsAt: strideBytes * (banks + bank), lease: null };
    this.held[index] = true;
    this.leases++;
    const outputsAt = strideBytes * (2 * banks + index);
    return { name: `${bank}/${index}`, bank, inputsAt, outputsAt, lease: new Lease(this, index) };
  }

  /** A batch has ended: its inputs are not needed any more, and its results were copied where they have no lease. */
  end({ bank }: Region): void {
    this.busy[bank] = false;
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
