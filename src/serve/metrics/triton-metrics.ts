import type { CountAndNs, ModelView, ServeCore } from '../types.ts';
import type { Collected, Sample } from './collected.ts';
import { ownMemory } from './own-memory.ts';
import { recorderOf } from './recorder.ts';

/** Names, labels, types and helps are those of Triton 2.51. Durations are summed, in µs. */
export function tritonMetrics(core: ServeCore, busyShare: () => number): Collected[] {
  const perModel = (value: (model: ModelView) => number) => (): Sample[] =>
    core.models.map((model) => ({ labels: labelsOf(model), value: value(model) }));
  const counter = (name: string, help: string, value: (model: ModelView) => number): Collected => ({
    ...{ name: `nv_inference_${name}`, type: 'counter', help },
    samples: perModel(value),
  });
  const us = (of: (model: ModelView) => CountAndNs) => (model: ModelView) => Math.round(of(model).ns / 1000);
  return [
    counter('request_success', 'Number of successful inference requests, all batch sizes', ({ counts }) => counts.success.count),
    {
      ...{ name: 'nv_inference_request_failure', type: 'counter' },
      help: 'Number of failed inference requests, all batch sizes',
      samples: () => core.models.flatMap(failuresOf),
    },
    counter('count', 'Number of inferences performed (does not include cached requests)', ({ counts }) => counts.inferenceCount),
    counter('exec_count', 'Number of model executions performed (does not include cached requests)', ({ counts }) => counts.executionCount),
    counter('request_duration_us', 'Cumulative inference request duration in microseconds (includes cached requests)', us(({ counts }) => counts.success)),
    counter('queue_duration_us', 'Cumulative inference queuing duration in microseconds (includes cached requests)', us(({ counts }) => counts.queue)),
    counter('compute_input_duration_us', 'Cumulative compute input duration in microseconds (does not include cached requests)', us(({ counts }) => counts.computeInput)),
    counter('compute_infer_duration_us', 'Cumulative compute inference duration in microseconds (does not include cached requests)', us(({ counts }) => counts.computeInfer)),
    counter('compute_output_duration_us', 'Cumulative inference compute output duration in microseconds (does not include cached requests)', us(({ counts }) => counts.computeOutput)),
    {
      ...{ name: 'nv_inference_pending_request_count', type: 'gauge' },
      help: 'Instantaneous number of pending requests awaiting execution per-model.',
      samples: perModel(({ waitingItems }) => waitingItems),
    },
    ...machineMetrics(busyShare),
  ]; // biome-ignore format: a table
}

function machineMetrics(busyShare: () => number): Collected[] {
  const gauge = (name: string, help: string, value: () => number): Collected => ({
    ...{ name: `nv_cpu_${name}`, type: 'gauge', help },
    samples: () => [{ value: value() }],
  });
  return [
    gauge('utilization', 'CPU utilization rate [0.0 - 1.0]', busyShare),
    gauge('memory_total_bytes', 'CPU total memory (RAM), in bytes', () => ownMemory().machineBytes),
    gauge('memory_used_bytes', 'CPU used memory (RAM), in bytes', () => ownMemory().machineUsedBytes),
  ];
}

/** What all metrics of a model carry. */
export function labelsOf({ name, version }: ModelView): { model: string; version: string } {
  return { model: name, version };
}

/** By Triton's four reasons. */
function failuresOf(model: ModelView): Sample[] {
  const { failures } = recorderOf(model.counts);
  const sum = (...codes: Parameters<typeof failures.get>[0][]): number =>
    codes.reduce((total, code) => total + (failures.get(code) ?? 0), 0);
  const backend = sum('engine-failed', 'instance-failed', 'out-of-memory');
  const canceled = sum('interrupted');
  const rejected = sum('overloaded', 'late', 'unavailable');
  const reasons = {
    OTHER: Math.max(0, model.counts.fail.count - backend - canceled - rejected),
    BACKEND: backend,
    CANCELED: canceled,
    REJECTED: rejected,
  };
  const { name, version } = model;
  return Object.entries(reasons).map(([reason, value]) => ({
    labels: { model: name, reason, version },
    value,
  }));
}
