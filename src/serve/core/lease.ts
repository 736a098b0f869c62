/** Who gets memory back that was lent. */
export interface Lender {
  /** Nobody reads place `index` any more. */
  give(index: number): void;
}

/** Memory that several readers share: its lender has it again when the last of them has let go. */
export class Lease {
  private readonly lender: Lender;
  private readonly index: number;
  private holders = 1;

  constructor(lender: Lender, index: number) {
    this.lender = lender;
    this.index = index;
  }

  /** One more reader. */
  hold(): void {
    this.holders++;
  }

  /** A reader lets go; to be called once by each. */
  release(): void {
    if (--this.holders === 0) this.lender.give(this.index);
  }
}
