import {
  formatInterval,
  formatMs,
  formatNumber,
  formatRatio,
  studyFindings,
  studyHeadline,
} from '../report/index.ts';
import { sizeWords } from '../report/study-words.ts';
import type {
  CoreCurve,
  CorePoint,
  CoresStudy,
  InstancesCurve,
  InstancesPoint,
  InstancesStudy,
} from '../study/index.ts';
import type { ReportFiles } from './report-files.ts';
import { type Column, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** A study as a headline, a table of its points, what was found, and where its files are. */
export function describeStudy(
  study: CoresStudy | InstancesStudy,
  model: string,
  files: ReportFiles,
  counts: string,
  { bold, width }: Terminal,
): string {
  return [
    bold(studyHeadline(model, study)),
    '',
    study.study === 'cores' ? coresTable(study, width) : instancesTable(study, width),
    '',
    ...studyFindings(study),
    ...study.failures.map(({ place, message }) => `Without a figure: ${place}: ${message}`),
    '',
    counts,
    `page  ${files.html}`,
    `data  ${files.csv}`,
    `      ${files.json}`,
  ].join('\n');
}

interface CoreRow {
  readonly curve: CoreCurve;
  readonly point: CorePoint;
}

function coresTable({ curves, hardwareThreads }: CoresStudy, width: number): string {
  const rows = curves.flatMap((curve) => curve.points.map((point): CoreRow => ({ curve, point })));
  const columns: Column<CoreRow>[] = [
    ...sizeColumn(curves, ({ curve }: CoreRow) => curve),
    { title: 'batch', align: 'right', value: ({ curve }) => String(curve.batch) },
    { title: 'cores', align: 'right', value: ({ point }) => String(point.cores) },
    ...(hardwareThreads === 'measured'
      ? [{ title: 'threads', align: 'right' as const, value: ({ point }: CoreRow) => String(point.threads) }]
      : []),
    { title: 'median', align: 'right', value: ({ point }) => formatMs(point.latencyMs.value) },
    {
      title: '95 % interval',
      align: 'right',
      value: ({ point }) => formatInterval(point.latencyMs.interval),
    },
    { title: 'items/s', align: 'right', value: ({ point }) => formatNumber(point.itemsPerSecond.value) },
    { title: 'speed-up', align: 'right', value: ({ point }) => `${formatRatio(point.speedUp.ratio)}×` },
    {
      title: '95 % interval',
      align: 'right',
      value: ({ point }) => formatInterval(point.speedUp.interval, formatRatio),
    },
    { title: 'verdict', value: ({ point }) => (point.trusted ? 'ok' : 'disturbed') },
  ];
  return formatTable(rows, columns, width);
}

interface InstancesRow {
  readonly curve: InstancesCurve;
  readonly point: InstancesPoint;
}

function instancesTable({ curves, per }: InstancesStudy, width: number): string {
  const rows = curves.flatMap((curve) => curve.points.map((point): InstancesRow => ({ curve, point })));
  const isBest = ({ curve, point }: InstancesRow): boolean => point.instances === curve.best;
  const isAsGood = ({ curve, point }: InstancesRow): boolean => curve.asGood.includes(point.instances);
  const columns: Column<InstancesRow>[] = [
    ...sizeColumn(curves, ({ curve }: InstancesRow) => curve),
    { title: 'items', align: 'right', value: ({ point }) => String(point.items) },
    {
      title: '⟨i,t,b⟩',
      value: (row) =>
        `${isBest(row) ? '▸' : isAsGood(row) ? '≈' : ' '} ⟨${row.point.instances},${row.point.threads},${row.point.batch}⟩`,
    },
    { title: 'slowest', align: 'right', value: ({ point }) => formatMs(point.latencyMs.value) },
    {
      title: '95 % interval',
      align: 'right',
      value: ({ point }) => formatInterval(point.latencyMs.interval),
    },
    { title: 'items/s', align: 'right', value: ({ point }) => formatNumber(point.itemsPerSecond.value) },
    {
      title: per === 'set' ? 'as fast' : 'rate',
      align: 'right',
      value: ({ point }) => `${formatRatio(point.speedUp.ratio)}×`,
    },
    {
      title: '95 % interval',
      align: 'right',
      value: ({ point }) => formatInterval(point.speedUp.interval, formatRatio),
    },
    { title: 'verdict', value: ({ point }) => (point.trusted ? 'ok' : 'disturbed') },
  ];
  return formatTable(rows, columns, width);
}

/** Only where the curves have sizes. */
function sizeColumn<Row>(
  curves: readonly (CoreCurve | InstancesCurve)[],
  curveOf: (row: Row) => CoreCurve | InstancesCurve,
): Column<Row>[] {
  if (curves.every(({ dims }) => Object.keys(dims).length === 0)) return [];
  return [{ title: 'size', value: (row) => sizeWords(curveOf(row).dims) }];
}
