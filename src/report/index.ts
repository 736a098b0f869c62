export { compareCsv } from './compare-csv.ts';
export { compareJson, renderCompare } from './compare-page.ts';
export type { ComparedSide, ComparePageData } from './compare-page-data.ts';
export { cellName, compareFindings, compareHeadline, formatQuotient } from './compare-words.ts';
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
export { loadEvidence } from './load-evidence.ts';
export { renderLoad } from './load-page.ts';
export type { GeneratorRow, LoadPageData, RuledVerdict } from './load-page-data.ts';
export { renderReport } from './render-report.ts';
export { renderSearch } from './search-page.ts';
export type { SearchPageData } from './search-page-data.ts';
export { servingCsv } from './serving-csv.ts';
export { type ServingResult, servingSchema } from './serving-result.ts';
export { renderSimulation } from './simulate-page.ts';
export type { BatchRecord, SimulatedPolicyData, SimulatePageData } from './simulate-page-data.ts';
export { studyCsv } from './study-csv.ts';
export type { StudyReportData } from './study-data.ts';
export { studyFindings, studyHeadline } from './study-findings.ts';
export { renderStudy, studyJson } from './study-page.ts';
export type { ReportData, ServingData } from './types.ts';
