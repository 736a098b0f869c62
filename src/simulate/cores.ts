/** The cores of the machine that is simulated: which of them run batches. */
export class Cores {
  /** By CPU: batches that run there. Instances share none, but for old and new ones. */
  private readonly batches: number[];
  /** Cores on which anything runs. */
  busy = 0;

  constructor(count: number) {
    this.batches = new Array<number>(count).fill(0);
  }

  take(cpus: readonly number[]): void {
    for (const cpu of cpus) if (this.batches[cpu]!++ === 0) this.busy++;
  }

  give(cpus: readonly number[]): void {
    for (const cpu of cpus) if (--this.batches[cpu]! === 0) this.busy--;
  }

  /** Whether nothing runs on these. */
  areFree(cpus: readonly number[]): boolean {
    for (const cpu of cpus) if (this.batches[cpu]! > 0) return false;
    return true;
  }
}
