import type { CoresStudy, Estimate, InstancesStudy, Sizes } from '../study/index.ts';
import type { StudyReportData } from './study-data.ts';

type Field = string | number | boolean;

/** One row per point, as RFC 4180 has it; latencies in ms per batch, the set's slowest instance's with several. */
export function studyCsv({ model, study }: StudyReportData): string {
  const rows = study.study === 'cores' ? coresRows(study) : instancesRows(study);
  return rows
    .map((row, index) => [index === 0 ? 'benchmark' : model.name, ...row].map(quote).join(','))
    .map((row) => `${row}\r\n`)
    .join('');
}

const figureNames = ['latency', 'throughput', 'speed_up'].flatMap((name) => [
  name,
  `${name}(ci_low)`,
  `${name}(ci_high)`,
]);

function coresRows({ curves }: CoresStudy): Field[][] {
  return [
    ['dims', 'batch_size', 'cores', 'intraop_threads', 'ht', ...figureNames, 'trusted', 'hash'],
    ...curves.flatMap(({ dims, batch, hardwareThreads, points }) =>
      points.map((point): Field[] => [
        dimsText(dims),
        batch,
        point.cores,
        point.threads,
        hardwareThreads,
        ...figures(point.latencyMs),
        ...figures(point.itemsPerSecond),
        point.speedUp.ratio,
        ...point.speedUp.interval,
        point.trusted,
        point.hash,
      ]),
    ),
  ];
}

function instancesRows({ curves }: InstancesStudy): Field[][] {
  return [
    [
      'dims',
      'items',
      'instances',
      'intraop_threads',
      'batch_size',
      ...figureNames,
      'best',
      'trusted',
      'hash',
    ],
    ...curves.flatMap(({ dims, best, points }) =>
      points.map((point): Field[] => [
        dimsText(dims),
        point.items,
        point.instances,
        point.threads,
        point.batch,
        ...figures(point.latencyMs),
        ...figures(point.itemsPerSecond),
        point.speedUp.ratio,
        ...point.speedUp.interval,
        point.instances === best,
        point.trusted,
        point.hash,
      ]),
    ),
  ];
}

const figures = ({ value, interval }: Estimate): Field[] => [value, ...interval];

function dimsText(dims: Sizes): string {
  return Object.entries(dims)
    .map(([name, size]) => `${name}=${size}`)
    .join(' ');
}

function quote(field: Field): string {
  const text = String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
