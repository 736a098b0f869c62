import type { LoadEstimate } from '../../dispatch/index.ts';
import { formatGroups } from '../../plan/index.ts';
import type { BatchCounts, ModelView, ServeCore } from '../types.ts';
import type { Collected, Sample } from './collected.ts';
import { cumulative, type LogHistogram } from './log-histogram.ts';
import { invalidRequests, recorderOf } from './recorder.ts';
import { labelsOf } from './triton-metrics.ts';

/** What thinfer tells of each model, beside Triton's metrics. */
export function modelMetrics(core: ServeCore): Collected[] {
  const each = (samples: (model: ModelView) => Iterable<Sample>) => (): Sample[] =>
    core.models.flatMap((model) => [...samples(model)]);
  const metric = (type: Collected['type'], name: string, help: string, samples: (model: ModelView) => Iterable<Sample>): Collected => ({
    ...{ name: `thinfer_${name}`, type, help },
    samples: each(samples),
  }); // biome-ignore format: one line a parameter would hide the body
  return [
    metric('gauge', 'model_ready', 'Whether the model can answer: 1 or 0', (model) => [
      { labels: labelsOf(model), value: Number(model.ready) },
    ]),
    metric('gauge', 'plan_info', 'The configuration that serves the model, instances x threads x batch, and where it comes from', planOf),
    metric('counter', 'set_changes_total', 'Changes of the set of instances that have ended, by result: done, failed, overtaken by another one', changesOf),
    metric('counter', 'set_change_seconds_total', 'From the decisions until the new instances had taken over, in all', (model) => [
      { labels: labelsOf(model), value: model.changeTotals.ms / 1000 },
    ]),
    metric('gauge', 'set_changing', 'Whether new instances are being loaded to take over: 1 or 0', (model) => [
      { labels: labelsOf(model), value: Number(model.changes.at(-1)?.state === 'loading') },
    ]),
    metric('gauge', 'standby_instances', 'Instances that are loaded and not in the set, to take over at once', (model) => [
      { labels: labelsOf(model), value: model.standingBy.length },
    ]),
    metric('gauge', 'expected_requests_per_second', 'Requests that are expected to come, where the set follows the load', (model) =>
      estimateOf(model, ({ requestsPerSecond }) => requestsPerSecond),
    ),
    metric('gauge', 'expected_items_per_request', 'Items that they are expected to have, in the mean', (model) =>
      estimateOf(model, ({ itemsPerRequest }) => itemsPerRequest),
    ),
    metric('gauge', 'expected_item_length', 'Length that items are expected to have, in the mean, over the one that the set was chosen at', (model) =>
      estimateOf(model, ({ itemLength }) => itemLength),
    ),
    metric('gauge', 'expected_burstiness', 'Variance over mean of how many come in equal times; 1: independent of each other', (model) =>
      estimateOf(model, ({ burstiness }) => burstiness),
    ),
    metric('gauge', 'latency_over_profile', 'How long batches take, over what the profile says; the last fifty or so', (model) =>
      model.overProfile === null ? [] : [{ labels: labelsOf(model), value: model.overProfile }],
    ),
    metric('counter', 'profile_again_total', 'Profiles measured anew while the model was served, by result: done, broken-off, failed', againOf),
    metric('counter', 'length_total', 'Lengths of requests that may be padded, times their items, and what was padded, by part: own, padding', lengthsOf),
    metric('gauge', 'queue_items', 'Items that wait for an instance', (model) => [
      { labels: labelsOf(model), value: model.waitingItems },
    ]),
    metric('histogram', 'request_duration_seconds', 'From the arrival of a request to its answer, of those that were answered', (model) =>
      histogramOf(model, 'request_duration_seconds', recorderOf(model.counts).latency),
    ),
    metric('histogram', 'queue_duration_seconds', 'From the arrival of a request to the start of the last batch that holds a part of it', (model) =>
      histogramOf(model, 'queue_duration_seconds', recorderOf(model.counts).queue),
    ),
    metric('histogram', 'batch_items', 'Items of the batches that were run', batchItemsOf),
    metric('counter', 'batches_total', 'Batches run, by their number of items', (model) =>
      perSize(model, ({ computeInfer }) => computeInfer.count),
    ),
    metric('counter', 'batch_seconds_total', 'What batches of one size took in all, by phase: input, infer, output', phasesOf),
    metric('counter', 'refusals_total', 'Requests that were refused at the door, by reason: overloaded, late, unavailable', refusalsOf),
    metric('counter', 'deadline_misses_total', 'Requests that were taken and not answered before their deadline', (model) => [
      { labels: labelsOf(model), value: recorderOf(model.counts).deadlineMisses },
    ]),
    metric('counter', 'request_failures_total', 'Requests that got an error, by its code', failuresOf),
  ]; // biome-ignore format: a table
}

function* planOf(model: ModelView): Iterable<Sample> {
  const { groups, source, pinned } = model.plan;
  yield {
    labels: { ...labelsOf(model), configuration: formatGroups(groups), source, pinned: String(pinned) },
    value: 1,
  };
}

function* lengthsOf(model: ModelView): Iterable<Sample> {
  const { own, run } = model.counts.lengths;
  if (model.padDim === null) return;
  yield { labels: { ...labelsOf(model), part: 'own' }, value: own };
  yield { labels: { ...labelsOf(model), part: 'padding' }, value: run - own };
}

function* changesOf(model: ModelView): Iterable<Sample> {
  for (const result of ['done', 'failed', 'overtaken'] as const)
    yield { labels: { ...labelsOf(model), result }, value: model.changeTotals[result] };
}

function* againOf(model: ModelView): Iterable<Sample> {
  const { done, brokenOff, failed } = model.profiledAgain;
  for (const [result, value] of Object.entries({ done, 'broken-off': brokenOff, failed }))
    yield { labels: { ...labelsOf(model), result }, value };
}

function* estimateOf(model: ModelView, value: (estimate: LoadEstimate) => number): Iterable<Sample> {
  const estimate = model.follower?.estimate ?? null;
  if (estimate !== null) yield { labels: labelsOf(model), value: value(estimate) };
}

function* histogramOf(model: ModelView, name: string, histogram: LogHistogram): Iterable<Sample> {
  const labels = labelsOf(model);
  const metricName = `thinfer_${name}_bucket`;
  for (const { le, count } of cumulative(histogram.buckets))
    yield { metricName, labels: { ...labels, le }, value: count };
  yield { metricName, labels: { ...labels, le: '+Inf' }, value: histogram.count };
  yield { metricName: `thinfer_${name}_sum`, labels, value: histogram.sumNs / 1e9 };
  yield { metricName: `thinfer_${name}_count`, labels, value: histogram.count };
}

/** In powers of two up to the largest batch of the plan. */
function* batchItemsOf(model: ModelView): Iterable<Sample> {
  const labels = labelsOf(model);
  const sizes = sizesOf(model);
  const countUpTo = (bound: number): number =>
    sizes.reduce((sum, [items, { computeInfer }]) => sum + (items <= bound ? computeInfer.count : 0), 0);
  const metricName = 'thinfer_batch_items_bucket';
  // A bucket that was there stays, whatever set is in force.
  const largest = Math.max(1, model.maxBatch, ...sizes.map(([items]) => items));
  for (let bound = 1; bound < 2 * largest; bound *= 2)
    yield { metricName, labels: { ...labels, le: bound }, value: countUpTo(bound) };
  const count = countUpTo(Number.POSITIVE_INFINITY);
  yield { metricName, labels: { ...labels, le: '+Inf' }, value: count };
  const sum = sizes.reduce((total, [items, { computeInfer }]) => total + items * computeInfer.count, 0);
  yield { metricName: 'thinfer_batch_items_sum', labels, value: sum };
  yield { metricName: 'thinfer_batch_items_count', labels, value: count };
}

function* perSize(model: ModelView, value: (counts: BatchCounts) => number): Iterable<Sample> {
  for (const [items, counts] of sizesOf(model))
    yield { labels: { ...labelsOf(model), items }, value: value(counts) };
}

function* phasesOf(model: ModelView): Iterable<Sample> {
  for (const [items, { computeInput, computeInfer, computeOutput }] of sizesOf(model))
    for (const [phase, { ns }] of Object.entries({
      input: computeInput,
      infer: computeInfer,
      output: computeOutput,
    }))
      yield { labels: { ...labelsOf(model), items, phase }, value: ns / 1e9 };
}

/** Sizes of batches are at most the plan's largest. */
function sizesOf({ counts }: ModelView): [number, BatchCounts][] {
  return [...counts.batches].toSorted(([a], [b]) => a - b);
}

function* refusalsOf(model: ModelView): Iterable<Sample> {
  for (const [reason, value] of Object.entries(recorderOf(model.counts).refusals))
    yield { labels: { ...labelsOf(model), reason }, value };
}

function* failuresOf(model: ModelView): Iterable<Sample> {
  const labels = labelsOf(model);
  const { failures } = recorderOf(model.counts);
  const invalid = invalidRequests(model.counts) + (failures.get('request-invalid') ?? 0);
  yield { labels: { ...labels, code: 'request-invalid' }, value: invalid };
  for (const [code, value] of failures)
    if (code !== 'request-invalid') yield { labels: { ...labels, code }, value };
}
