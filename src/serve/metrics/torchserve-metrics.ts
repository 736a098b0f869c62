import { hostname } from 'node:os';
import type { ServeCore } from '../types.ts';
import type { Collected, Sample } from './collected.ts';
import type { TorchServeCount, TorchServeCounts } from './torchserve-counts.ts';

/** Names, labels, types and helps are those of TorchServe 0.12's frontend. */
export function torchServeMetrics(core: ServeCore, counts: TorchServeCounts): Collected[] {
  const host = hostname();
  const counter = (name: string, unit: string, of: (count: TorchServeCount) => number): Collected => ({
    ...{ name, type: 'counter', help: `Torchserve prometheus counter metric with unit: ${unit}` },
    samples: () => counts.ofModels(new Set(core.models.map((model) => model.name))).map(sampleOf(host, of)),
  });
  return [
    counter('ts_inference_requests_total', 'Count', ({ requests }) => requests),
    counter('ts_inference_latency_microseconds', 'Microseconds', ({ inferenceUs }) => inferenceUs),
    counter('ts_queue_latency_microseconds', 'Microseconds', ({ queueUs }) => queueUs),
  ];
}

function sampleOf(hostname: string, of: (count: TorchServeCount) => number) {
  return (count: TorchServeCount): Sample => ({
    labels: { model_name: count.model, model_version: count.version, hostname },
    value: of(count),
  });
}
