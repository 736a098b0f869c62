import type { EngineSettings } from '../engine/index.ts';
import { ThinferError } from '../errors.ts';
import type { Allocator, HugePages, MemoryPolicy } from '../machine/types.ts';
import { closeAll, Instance } from './instance.ts';

/** What makes two instances interchangeable. */
export interface InstanceKey {
  readonly settings: EngineSettings;
  readonly cpus: readonly number[] | null;
  readonly memoryPolicy: MemoryPolicy;
  readonly allocator?: Allocator;
  readonly hugePages?: HugePages;
  /** Tells equal instances apart that are needed at once. */
  readonly replica?: number;
}

/**
 * Started instances, kept for whoever needs an equal one again, so that a model is loaded once per placement and not
 * once per use. The least recently used ones are closed when memory would not hold the next.
 */
export class InstanceCache {
  private readonly kept = new Map<string, Instance>();
  private readonly bytesPerInstance: number;
  private readonly availableBytes: () => number;
  private readonly ending = new AbortController();

  /**
   * @param bytesPerInstance What one more instance is expected to take.
   * @param availableBytes What can be had now, within the container's limit. Default: without bound.
   */
  constructor(bytesPerInstance: number, availableBytes: () => number = () => Number.POSITIVE_INFINITY) {
    this.availableBytes = availableBytes;
    this.bytesPerInstance = bytesPerInstance;
  }

  /** One instance per key, in the same order; those missing are started at the same time. Keys must differ. */
  async take(keys: readonly InstanceKey[]): Promise<Instance[]> {
    const names = keys.map((key) => JSON.stringify(key));
    await this.forgetFailed();
    const missing = names.filter((name) => !this.kept.has(name)).length;
    await this.makeRoom(missing, new Set(names));
    const results = await Promise.allSettled(
      keys.map(
        (key, index) =>
          this.kept.get(names[index]!) ?? Instance.start({ ...key, signal: this.ending.signal }),
      ),
    );
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') this.touch(names[index]!, result.value);
    });
    return results.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }

  /** Process ids of all that live. */
  get pids(): number[] {
    return [...this.kept.values()].map((instance) => instance.pid);
  }

  /** Ends some of them at once, after a failure in which they may be running still. */
  async drop(instances: readonly Instance[]): Promise<void> {
    for (const [name, instance] of this.kept) if (instances.includes(instance)) this.kept.delete(name);
    await closeAll(instances, true);
  }

  /** Ends all for good, those that start too. @param now Without waiting for runs under way. */
  async close(now = false): Promise<void> {
    this.ending.abort(new ThinferError('instance-failed', 'the instances were closed'));
    const instances = [...this.kept.values()];
    this.kept.clear();
    await closeAll(instances, now);
  }

  private touch(name: string, instance: Instance): void {
    this.kept.delete(name);
    this.kept.set(name, instance);
  }

  private async forgetFailed(): Promise<void> {
    for (const [name, instance] of this.kept) {
      if (instance.failed === undefined) continue;
      this.kept.delete(name);
      await instance.close();
    }
  }

  private async makeRoom(missing: number, wanted: ReadonlySet<string>): Promise<void> {
    for (const [name, instance] of this.kept) {
      if (this.availableBytes() > missing * this.bytesPerInstance) return;
      if (wanted.has(name)) continue;
      this.kept.delete(name);
      await instance.close();
    }
  }
}
