/** Memory that several readers share: free again when the last of them has let go. */
export class Lease {
  private holders = 1;
  private readonly free: () => void;

  constructor(free: () => void) {
    this.free = free;
  }

  /** One more reader. */
  hold(): void {
    this.holders++;
  }

  /** A reader lets go; to be called once by each. */
  release(): void {
    if (--this.holders === 0) this.free();
  }
}
