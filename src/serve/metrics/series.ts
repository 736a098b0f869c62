/** The last values of something that is looked at once a second, in a ring: its memory is bounded. */
export class Series {
  private readonly values: Float32Array;

  /** @param length Values that are kept. */
  constructor(length: number) {
    this.values = new Float32Array(length).fill(Number.NaN);
  }

  /** Sets the value of a tick; NaN: there is none. Ticks ascend. */
  set(tick: number, value: number): void {
    this.values[tick % this.values.length] = value;
  }

  /** The values of the ticks after `after` up to `tick`; null where there is none. At most as many as are kept. */
  between(after: number, tick: number): (number | null)[] {
    const count = Math.max(0, Math.min(tick - after, this.values.length, tick + 1));
    return Array.from({ length: count }, (_, index) => {
      const value = this.values[(tick - count + 1 + index) % this.values.length]!;
      return Number.isNaN(value) ? null : rounded(value);
    });
  }
}

/** Four digits are more than a chart shows. */
const rounded = (value: number): number => (value === 0 ? 0 : Number(value.toPrecision(4)));
