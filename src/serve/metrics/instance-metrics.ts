import { formatCpuList, type ProcessMemory } from '../../machine/index.ts';
import type { InstanceView, ModelView, ServeCore } from '../types.ts';
import type { Collected, Sample } from './collected.ts';
import { labelsOf } from './triton-metrics.ts';

const states: readonly InstanceView['state'][] = ['starting', 'idle', 'busy', 'lost'];

/** What thinfer tells of each instance. `memory`: of the processes, as it was read last. */
export function instanceMetrics(
  core: ServeCore,
  memory: () => ReadonlyMap<number, ProcessMemory>,
): Collected[] {
  const metric = (type: Collected['type'], name: string, help: string, samples: (instance: InstanceView) => Sample[]): Collected => ({
    ...{ name: `thinfer_instance_${name}`, type, help },
    samples: () => core.models.flatMap((model) => model.instances.flatMap((instance) => withLabels(model, instance, samples))),
  }); // biome-ignore format: one line a parameter would hide the body
  const value =
    (of: (instance: InstanceView) => number) =>
    (instance: InstanceView): Sample[] => [{ value: of(instance) }];
  const bytes = (of: (memory: ProcessMemory) => number | null) => ({ pid }: InstanceView): Sample[] => {
    const found = pid === null ? undefined : memory().get(pid);
    const taken = found === undefined ? null : of(found);
    return taken === null ? [] : [{ value: taken }];
  }; // biome-ignore format: as above
  return [
    metric('gauge', 'info', 'The place of an instance: its CPUs, threads and largest batch; no CPUs: it is not pinned', ({ cpus, threads, largestBatch }) => [
      { labels: { cpus: cpus === null ? '' : formatCpuList(cpus), threads, largest_batch: largestBatch }, value: 1 },
    ]),
    metric('gauge', 'state', 'Whether an instance is starting, idle, busy or lost: 1 for one of them', ({ state }) =>
      states.map((one) => ({ labels: { state: one }, value: Number(one === state) })),
    ),
    metric('gauge', 'threads', 'Threads of an instance; 0: the engine has chosen', value(({ threads }) => threads)),
    metric('gauge', 'running_items', 'Items of the batch that an instance runs now', value(({ running }) => running)),
    metric('counter', 'batches_total', 'Batches that an instance has run', value(({ batches }) => batches)),
    metric('counter', 'items_total', 'Items that an instance has run', value(({ items }) => items)),
    metric('counter', 'busy_seconds_total', 'Time in which an instance had a batch', value(({ busyMs }) => busyMs / 1000)),
    metric('counter', 'restarts_total', 'Starts of an instance after the first', value(({ restarts }) => restarts)),
    metric('gauge', 'memory_resident_bytes', 'Resident memory of an instance, what it shares with others included', bytes(({ rssBytes }) => rssBytes)),
    metric('gauge', 'memory_proportional_bytes', 'Memory of an instance; of pages that n processes share, a n-th', bytes(({ pssBytes }) => pssBytes)),
  ]; // biome-ignore format: a table
}

function withLabels(
  model: ModelView,
  instance: InstanceView,
  samples: (instance: InstanceView) => Sample[],
): Sample[] {
  return samples(instance).map((sample) => ({
    ...sample,
    labels: { ...labelsOf(model), instance: instance.index, ...sample.labels },
  }));
}

/** Processes of all instances that live. */
export function pidsOf(core: ServeCore): number[] {
  return core.models.flatMap(({ instances, standingBy }) =>
    [...instances, ...standingBy].flatMap(({ pid }) => (pid === null ? [] : [pid])),
  );
}
