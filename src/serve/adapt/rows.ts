/** Grows as rows of as many numbers are added, and is emptied at once. */
export class Rows {
  private values = new Float64Array(256);
  private length = 0;

  add(...row: readonly number[]): void {
    if (this.length + row.length > this.values.length) {
      const larger = new Float64Array(2 * this.values.length);
      larger.set(this.values);
      this.values = larger;
    }
    for (const value of row) this.values[this.length++] = value;
  }

  /** All of them, in turn; none are left. */
  take(): Float64Array {
    const taken = this.values.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}
