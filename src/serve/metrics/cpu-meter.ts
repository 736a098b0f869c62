import { readCpuTimes } from '../../machine/cpu-times.ts';
import { Tree } from '../../machine/tree.ts';

/** The kernel counts in ticks of 10 ms: over less, shares would be too coarse. */
const shortestMs = 900;

/** How busy each CPU of the machine was, whoever kept it so, since the reading before. */
export class CpuMeter {
  private readonly tree: Tree;
  private readMs: number;
  private busyNs: ReadonlyMap<number, number>;
  private shares: ReadonlyMap<number, number> = new Map();

  /** @param root Folder that stands for `/`. */
  constructor(root = '/') {
    this.tree = new Tree(root);
    this.readMs = performance.now();
    this.busyNs = this.read();
  }

  /** Shares of 1 by CPU; those of the last reading where that was less than a second ago. */
  busy(): ReadonlyMap<number, number> {
    const nowMs = performance.now();
    const elapsedNs = (nowMs - this.readMs) * 1e6;
    if (elapsedNs < shortestMs * 1e6) return this.shares;
    const before = this.busyNs;
    this.busyNs = this.read();
    this.readMs = nowMs;
    this.shares = new Map(
      [...this.busyNs].map(([cpu, ns]) => [cpu, clamp((ns - (before.get(cpu) ?? ns)) / elapsedNs)]),
    );
    return this.shares;
  }

  /** Of all CPUs together. */
  busyShare(): number {
    const shares = [...this.busy().values()];
    return shares.length === 0 ? 0 : shares.reduce((sum, share) => sum + share, 0) / shares.length;
  }

  private read(): ReadonlyMap<number, number> {
    return new Map([...readCpuTimes(this.tree)].map(([cpu, { busyNs }]) => [cpu, busyNs]));
  }
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
