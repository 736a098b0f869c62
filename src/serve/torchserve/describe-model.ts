import type { InstanceView, ModelView } from '../types.ts';
import type { ModelManager } from './model-manager.ts';
import { processFacts } from './process-facts.ts';

/** TorchServe numbers its workers from its first port for them. */
const firstWorkerId = 9000;

/** One element of the describe call, with the fields and the order that TorchServe has. */
export async function describeModel(
  view: ModelView,
  manager: ModelManager,
): Promise<Record<string, unknown>> {
  const { minWorkers, maxWorkers, queueCapacity, loadedAtStartup } = manager.facts(view.name, view.version);
  return {
    modelName: view.name,
    modelVersion: view.version,
    modelUrl: view.name,
    engine: view.engine.name,
    runtime: view.engine.name,
    minWorkers,
    maxWorkers,
    batchSize: Math.max(1, view.maxBatch),
    // An idle instance takes what waits: nothing is held back for a batch to fill.
    maxBatchDelay: 0,
    loadedAtStartup,
    workers: await Promise.all(view.instances.map(describeWorker)),
    jobQueueStatus: {
      ...(queueCapacity === null
        ? {}
        : { remainingCapacity: Math.max(0, queueCapacity - view.waitingItems) }),
      pendingRequests: view.waitingItems,
    },
  };
}

async function describeWorker({ index, pid, state }: InstanceView): Promise<Record<string, unknown>> {
  const facts = pid === null ? null : await processFacts(pid);
  return {
    id: String(firstWorkerId + index),
    ...(facts === null ? {} : { startTime: new Date(facts.startMs).toISOString() }),
    status: state === 'idle' || state === 'busy' ? 'READY' : 'UNLOADING',
    memoryUsage: facts?.rssBytes ?? 0,
    pid: pid ?? -1,
    gpu: false,
    gpuUsage: 'N/A',
  };
}
