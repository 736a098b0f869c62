import type { CoreCurve, CorePoint, CoresStudy, SiblingGain } from '../study/index.ts';
import { dataTable, figure } from './figure.ts';
import { formatInterval, formatNumber, formatRatio } from './format.ts';
import { type Content, html, type Markup } from './html.ts';
import type { StudyReportData } from './study-data.ts';
import { coresFinding, siblingFinding } from './study-findings.ts';
import { studyFoot } from './study-foot.ts';
import { chartGroups, type StudyCurve, studyLines } from './study-lines.ts';
import { sizeWords } from './study-words.ts';

/** Latency and speed-up over cores, without and with hardware threads, and what those change. */
export function coresFigures(data: StudyReportData, study: CoresStudy): Markup {
  const physical = study.curves.filter(({ hardwareThreads }) => !hardwareThreads);
  const siblings = study.curves.filter(({ hardwareThreads }) => hardwareThreads);
  return html`${curveFigures(data, physical, 'cores')}${curveFigures(data, siblings, 'siblings')}${siblingFigures(data, study)}`;
}

type Kind = 'cores' | 'siblings';
const circumstance: Readonly<Record<Kind, string>> = {
  cores: 'one instance, a thread on each core, the other cores idle',
  siblings: 'one instance, a thread on every hardware thread of its cores, the other cores idle',
};

function curveFigures(data: StudyReportData, curves: readonly CoreCurve[], kind: Kind): Markup[] {
  return chartGroups(curves).map((group, index) => {
    const id = `${kind}-${index + 1}`;
    const table = coresTable(group, kind);
    const key = html`. <span class="key">○</span> disturbed. Grey: ideal scaling.`;
    const foot = studyFoot(data);
    const latency = figure({
      id: `latency-${id}`,
      title: groupFinding(group, curves),
      subtitle: html`Median latency of a batch${batchWords(group)}, ms, with its 95 % interval; ${circumstance[kind]}${key}`,
      foot,
      chart: (width) => studyLines(group, latencyOverCores, width),
      table,
    });
    const speedUp = figure({
      id: `speed-up-${id}`,
      title: speedUpFinding(group),
      subtitle: html`Latency of a batch${batchWords(group)} on the fewest cores over that on more, with its 95 % interval; ${circumstance[kind]}${key}`,
      foot,
      chart: (width) => studyLines(group, speedUpOverCores, width),
      table,
    });
    return html`${latency}${speedUp}`;
  });
}

const latencyOverCores = {
  xName: 'cores',
  xOf: (point: CorePoint) => point.cores,
  yOf: (point: CorePoint) => point.latencyMs,
  ideal: 'halves',
} as const;

const speedUpOverCores = {
  xName: 'cores',
  xOf: (point: CorePoint) => point.cores,
  yOf: ({ speedUp }: CorePoint) => ({ value: speedUp.ratio, interval: speedUp.interval }),
  ideal: 'doubles',
} as const;

const batchWords = (group: readonly CoreCurve[]): string =>
  new Set(group.map(({ batch }) => batch)).size > 1 ? '' : ` of ${group[0]!.batch}`;

/** The finding of the curve that scales furthest; it holds for the others where it says so. */
function groupFinding(group: readonly CoreCurve[], all: readonly CoreCurve[]): string {
  return withoutStop(coresFinding(furthest(group), all));
}

function speedUpFinding(group: readonly CoreCurve[]): string {
  const many = group[0]!.points.at(-1)!.cores;
  const gains = group.map(({ points }) => points.at(-1)!.speedUp.ratio);
  const [low, high] = [formatRatio(Math.min(...gains)), formatRatio(Math.max(...gains))];
  const first = group[0]!.points[0]!.cores;
  return `${many} cores for ${first}: ${low === high ? low : `${low} to ${high}`} times as fast`;
}

function furthest(group: readonly CoreCurve[]): CoreCurve {
  const gainOf = ({ points }: CoreCurve): number => points.at(-1)!.speedUp.ratio;
  return group.reduce((most, curve) => (gainOf(curve) > gainOf(most) ? curve : most));
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');

function coresTable(curves: readonly CoreCurve[], kind: Kind): Markup {
  return dataTable(
    `Latency over cores: ${circumstance[kind]}`,
    [
      { head: 'size' },
      { head: 'batch', numeric: true },
      { head: 'cores', numeric: true },
      { head: 'threads', numeric: true },
      { head: 'median, ms', numeric: true },
      { head: '95 % interval', numeric: true },
      { head: 'items/s', numeric: true },
      { head: 'speed-up', numeric: true },
      { head: '95 % interval', numeric: true },
      { head: 'verdict' },
    ],
    curves.flatMap(({ dims, batch, points }) =>
      points.map((point): Content[] => [
        sizeWords(dims),
        batch,
        point.cores,
        point.threads,
        formatNumber(point.latencyMs.value),
        formatInterval(point.latencyMs.interval),
        formatNumber(point.itemsPerSecond.value),
        formatRatio(point.speedUp.ratio),
        formatInterval(point.speedUp.interval, formatRatio),
        point.trusted ? 'trusted' : 'disturbed',
      ]),
    ),
  );
}

/** Hardware threads on over off, on the same cores. */
function siblingFigures(data: StudyReportData, study: CoresStudy): Markup[] {
  const bySeries = Map.groupBy(study.siblings, ({ dims, batch }) => JSON.stringify([dims, batch]));
  const curves = [...bySeries.values()].map(
    (points): StudyCurve<SiblingGain> => ({ dims: points[0]!.dims, batch: points[0]!.batch, points }),
  );
  return chartGroups(curves).map((group, index) =>
    figure({
      id: `hardware-threads-${index + 1}`,
      title: withoutStop(siblingFinding(group.at(-1)!.points.at(-1)!, study)),
      subtitle: html`Latency on the cores alone over that with a thread on each of their hardware threads; above 1 they make it faster. <span class="key">○</span> disturbed.`,
      foot: studyFoot(data),
      chart: (width) =>
        studyLines(
          group,
          {
            xName: 'cores',
            xOf: ({ cores }) => cores,
            yOf: ({ gain }) => ({ value: gain.ratio, interval: gain.interval }),
            ideal: null,
          },
          width,
        ),
      table: siblingTable(group),
    }),
  );
}

function siblingTable(curves: readonly StudyCurve<SiblingGain>[]): Markup {
  return dataTable(
    'What hardware threads change on the same cores',
    [
      { head: 'size' },
      { head: 'batch', numeric: true },
      { head: 'cores', numeric: true },
      { head: 'times as fast', numeric: true },
      { head: '95 % interval', numeric: true },
      { head: 'verdict' },
    ],
    curves.flatMap(({ points }) =>
      points.map(({ dims, batch, cores, gain, trusted }): Content[] => [
        sizeWords(dims),
        batch,
        cores,
        formatRatio(gain.ratio),
        formatInterval(gain.interval, formatRatio),
        trusted ? 'trusted' : 'disturbed',
      ]),
    ),
  );
}
