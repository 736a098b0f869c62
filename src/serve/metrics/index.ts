export { type CountedAnswer, countAnswer } from './answers.ts';
export { Monitor } from './monitor.ts';
export { ModelRecorder, recorderOf } from './recorder.ts';
export { type MetricsOptions, metricsRoutes } from './routes.ts';
export { TorchServeCounts } from './torchserve-counts.ts';
