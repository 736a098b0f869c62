import type { Route } from '../http/index.ts';
import { registryOf } from './collected.ts';
import { CpuMeter } from './cpu-meter.ts';
import { instanceMetrics, pidsOf } from './instance-metrics.ts';
import { modelMetrics } from './model-metrics.ts';
import type { Monitor } from './monitor.ts';
import { serverMetrics } from './server-metrics.ts';
import type { TorchServeCounts } from './torchserve-counts.ts';
import { torchServeMetrics } from './torchserve-metrics.ts';
import { tritonMetrics } from './triton-metrics.ts';

/** What metrics are of. */
export interface MetricsOptions {
  readonly monitor: Monitor;
  readonly torchServe: TorchServeCounts;
}

/** `GET /metrics`: everything that is counted, in Prometheus' text format. */
export function metricsRoutes({ monitor, torchServe }: MetricsOptions): Route[] {
  const { core, memory, eventLoop } = monitor;
  const cpus = new CpuMeter();
  const registry = registryOf([
    ...tritonMetrics(core, () => cpus.busyShare()),
    ...torchServeMetrics(core, torchServe),
    ...modelMetrics(core),
    ...instanceMetrics(core, () => memory.latest(pidsOf(core))),
    ...serverMetrics(core, () => eventLoop.view()),
  ]);
  return [
    {
      ...{ method: 'GET', path: '/metrics', protocol: 'prometheus', access: 'metrics' },
      handle: async (exchange) => {
        await memory.fresh(pidsOf(core));
        exchange.text(200, registry.contentType, await registry.metrics());
      },
    },
  ];
}
