export { reportCsv } from './csv.ts';
export {
  describeGroups,
  formatBytes,
  formatCount,
  formatCpuList,
  formatGroups,
  formatInterval,
  formatMs,
  formatNumber,
  formatPercent,
  formatPlural,
  formatRatio,
  formatSi,
  formatTime,
  formatTuples,
  joinWords,
} from './format.ts';
export { reportJson } from './json.ts';
export { renderReport } from './render-report.ts';
export type { ReportData } from './types.ts';
