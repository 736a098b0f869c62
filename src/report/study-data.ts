import type { CoresStudy, InstancesStudy } from '../study/types.ts';
import type { ReportData } from './types.ts';

/** All that the page of a study is drawn from; it is also the page's JSON download. */
export interface StudyReportData
  extends Pick<ReportData, 'versions' | 'madeAt' | 'machine' | 'model' | 'settings' | 'cores' | 'command'> {
  /** Of the points. */
  readonly engine: { readonly name: string; readonly version: string };
  readonly study: CoresStudy | InstancesStudy;
}
