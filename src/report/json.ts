import type { ReportData } from './types.ts';

/** The page's data as JSON: exactly `ReportData`. */
export function reportJson(data: ReportData): string {
  return `${JSON.stringify(data, null, 1)}\n`;
}
