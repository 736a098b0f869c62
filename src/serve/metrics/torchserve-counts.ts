import type { TorchServeObserver } from '../torchserve/index.ts';

/** What TorchServe counts of one version as clients name it. */
export interface TorchServeCount {
  readonly model: string;
  /** `default` where the client named none. */
  readonly version: string;
  requests: number;
  inferenceUs: number;
  queueUs: number;
}

/** The three metrics of TorchServe's frontend. */
export class TorchServeCounts implements TorchServeObserver {
  private readonly counts = new Map<string, Map<string, TorchServeCount>>();

  requested(model: string, version: string): void {
    this.of(model, version).requests++;
  }

  answered(model: string, version: string, inferenceUs: number, queueUs: number): void {
    const count = this.of(model, version);
    count.inferenceUs += inferenceUs;
    count.queueUs += queueUs;
  }

  /** What was counted of models that are served still; the others are forgotten, or loading and unloading would add up. */
  ofModels(names: ReadonlySet<string>): TorchServeCount[] {
    for (const name of this.counts.keys()) if (!names.has(name)) this.counts.delete(name);
    return [...this.counts.values()].flatMap((versions) => [...versions.values()]);
  }

  private of(model: string, version: string): TorchServeCount {
    let versions = this.counts.get(model);
    if (versions === undefined) {
      versions = new Map();
      this.counts.set(model, versions);
    }
    let count = versions.get(version);
    if (count === undefined) {
      count = { model, version, requests: 0, inferenceUs: 0, queueUs: 0 };
      versions.set(version, count);
    }
    return count;
  }
}
