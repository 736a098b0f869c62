/** Grows as pairs of numbers are added, and is emptied at once. */
export class Pairs {
  private values = new Float64Array(256);
  private length = 0;

  add(first: number, second: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = first;
    this.values[this.length++] = second;
  }

  /** All of them, in turn; none are left. */
  take(): Float64Array {
    const taken = this.values.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}
