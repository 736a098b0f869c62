export { applyConf, parseConf } from './conf.ts';
export type { Ending, MlperfRecord } from './facts.ts';
export type { LoggedRun } from './logged-run.ts';
export { officialConf } from './official-conf.ts';
export { type LatencyNs, type MlperfResult, reportedPercentiles } from './performance.ts';
export { type PreparedRun, prepareRun } from './prepare.ts';
export { type MlperfRun, runMlperf } from './run-mlperf.ts';
export { bareSettings, type EffectiveSettings, type MlperfSettings, type Scenario } from './settings.ts';
export { openLogs, writeLogs } from './write-logs.ts';
