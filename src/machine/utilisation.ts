import { readCpuTimes } from './cpu-times.ts';
import { Tree } from './tree.ts';

/** How busy each CPU was over a stretch of time. */
export interface Utilisation {
  /** CPU ids, ascending. */
  readonly cpus: readonly number[];
  /** Length of a step, in ms. */
  readonly stepMs: number;
  /** By CPU, then step: the share of the step that it ran anything, 0 … 1, to a tick (10 ms). */
  readonly busy: readonly (readonly number[])[];
}

/** Watches how busy all CPUs are, step by step, until it is stopped. */
export class UtilisationWatch {
  private readonly tree: Tree;
  private readonly stepMs: number;
  private readonly timer: NodeJS.Timeout;
  private readonly steps: ReadonlyMap<number, number>[] = [];
  private last: { readonly atMs: number; readonly busyNs: ReadonlyMap<number, number> };

  /**
   * @param stepMs Steps below some 100 ms are coarse: the kernel counts in ticks of 10 ms.
   * @param root Folder that stands for `/`.
   */
  constructor(stepMs: number, root = '/') {
    this.tree = new Tree(root);
    this.stepMs = stepMs;
    this.last = this.read();
    this.timer = setInterval(() => this.step(), stepMs);
  }

  /** What was seen; a step that had begun is left out. */
  stop(): Utilisation {
    clearInterval(this.timer);
    const cpus = [...this.last.busyNs.keys()].sort((a, b) => a - b);
    return {
      cpus,
      stepMs: this.stepMs,
      busy: cpus.map((cpu) => this.steps.map((step) => step.get(cpu) ?? 0)),
    };
  }

  private step(): void {
    const now = this.read();
    const lengthNs = (now.atMs - this.last.atMs) * 1e6;
    const shares = [...now.busyNs].map(([cpu, ns]): [number, number] => [
      cpu,
      Math.min(1, Math.max(0, (ns - (this.last.busyNs.get(cpu) ?? ns)) / lengthNs)),
    ]);
    this.steps.push(new Map(shares));
    this.last = now;
  }

  private read(): UtilisationWatch['last'] {
    const times = readCpuTimes(this.tree);
    return { atMs: performance.now(), busyNs: new Map([...times].map(([cpu, { busyNs }]) => [cpu, busyNs])) };
  }
}
