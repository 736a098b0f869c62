import type { InstancesCurve, InstancesPoint, InstancesStudy } from '../study/index.ts';
import { dataTable, figure } from './figure.ts';
import { formatInterval, formatNumber, formatRatio } from './format.ts';
import { type Content, html, type Markup } from './html.ts';
import { bestChart } from './study-best-chart.ts';
import type { StudyReportData } from './study-data.ts';
import { instancesFinding, studyHeadline } from './study-findings.ts';
import { studyFoot } from './study-foot.ts';
import { chartGroups, studyLines } from './study-lines.ts';
import { sizeWords } from './study-words.ts';

/** The best number of instances over size × batch where there are several, then latency and throughput over instances. */
export function instancesFigures(data: StudyReportData, study: InstancesStudy): Markup {
  return html`${study.curves.length > 1 && bestFigure(data, study)}${chartGroups(study.curves).map((group, index) => curveFigures(data, study, group, index + 1))}`;
}

function bestFigure(data: StudyReportData, study: InstancesStudy): Markup {
  const goal = study.per === 'set' ? 'the least latency of all items' : 'the most items per second';
  const gain =
    study.per === 'set' ? 'times as fast as the fewest instances' : 'times the rate of the fewest instances';
  return figure({
    id: 'best-instances',
    title: studyHeadline(data.model.name, study),
    subtitle: html`The number of instances with ${goal}, by size and ${itemsWords(study)}; in parentheses those that are as good within the 95 % intervals; below: ${gain}. <span class="key">○</span> disturbed.`,
    foot: studyFoot(data),
    chart: (width) => bestChart(study.curves, width),
    table: instancesTable(study.curves, study),
    isAlone: true,
  });
}

const itemsWords = ({ per }: InstancesStudy): string =>
  per === 'set' ? 'items of all instances together' : 'items of each instance';

function curveFigures(
  data: StudyReportData,
  study: InstancesStudy,
  group: readonly InstancesCurve[],
  rank: number,
): Markup {
  const table = instancesTable(group, study);
  const foot = studyFoot(data);
  const key = html`. <span class="key">○</span> disturbed.`;
  const items = new Set(group.map(({ batch }) => batch)).size > 1 ? '' : `${group[0]!.batch} `;
  const what = `${items}${itemsWords(study)}, ${data.cores} cores shared equally`;
  const latency = figure({
    id: `instances-latency-${rank}`,
    title: instancesFinding(group.at(-1)!, study).replace(/\.$/, ''),
    subtitle: html`Median latency of the slowest instance, ms, with its 95 % interval; ${what}${key}`,
    foot,
    chart: (width) => studyLines(group, { ...overInstances, yOf: ({ latencyMs }) => latencyMs }, width),
    table,
  });
  const throughput = figure({
    id: `instances-throughput-${rank}`,
    title: throughputFinding(group),
    subtitle: html`Items per second, the sum of all instances, with its 95 % interval; ${what}${key}`,
    foot,
    chart: (width) =>
      studyLines(group, { ...overInstances, yOf: ({ itemsPerSecond }) => itemsPerSecond }, width),
    table,
  });
  return html`${latency}${throughput}`;
}

const overInstances = {
  xName: 'instances',
  xOf: (point: InstancesPoint) => point.instances,
  ideal: null,
} as const;

/** The highest sum of rates over all curves of the chart. */
function throughputFinding(group: readonly InstancesCurve[]): string {
  const all = group.flatMap(({ dims, points }) => points.map((point) => ({ dims, point })));
  const { dims, point } = all.reduce((most, one) =>
    one.point.itemsPerSecond.value > most.point.itemsPerSecond.value ? one : most,
  );
  const size = sizeWords(dims);
  const many = `${point.instances} instance${point.instances === 1 ? '' : 's'}`;
  return `Most is done with ${many}${size === '' ? '' : ` at ${size}`}: ${formatNumber(point.itemsPerSecond.value)} items/s`;
}

function instancesTable(curves: readonly InstancesCurve[], { per }: InstancesStudy): Markup {
  return dataTable(
    'Equal instances at once: the slowest one’s latency, the sum of their rates',
    [
      { head: 'size' },
      { head: 'items', numeric: true },
      { head: 'instances', numeric: true },
      { head: 'threads', numeric: true },
      { head: 'batch', numeric: true },
      { head: 'slowest, ms', numeric: true },
      { head: '95 % interval', numeric: true },
      { head: 'items/s', numeric: true },
      { head: '95 % interval', numeric: true },
      { head: per === 'set' ? 'times as fast' : 'times the rate', numeric: true },
      { head: '95 % interval', numeric: true },
      { head: 'verdict' },
    ],
    curves.flatMap(({ dims, best, asGood, points }) =>
      points.map((point): Content[] => [
        sizeWords(dims),
        point.items,
        point.instances,
        point.threads,
        point.batch,
        formatNumber(point.latencyMs.value),
        formatInterval(point.latencyMs.interval),
        formatNumber(point.itemsPerSecond.value),
        formatInterval(point.itemsPerSecond.interval),
        formatRatio(point.speedUp.ratio),
        formatInterval(point.speedUp.interval, formatRatio),
        [
          ...(point.instances === best ? ['best'] : asGood.includes(point.instances) ? ['as good'] : []),
          point.trusted ? 'trusted' : 'disturbed',
        ].join(', '),
      ]),
    ),
  );
}
