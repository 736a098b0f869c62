import type { StudyReportData } from './study-data.ts';

/** A figure's foot: where its numbers come from, the machine, the date. */
export function studyFoot({ study, engine, machine, madeAt }: StudyReportData): string {
  return `Source: study ${study.study}, ${engine.name} ${engine.version} · ${machine.cpuModel} · ${madeAt.slice(0, 10)}`;
}
