import type { Point, Verdict } from '../profile/types.ts';
import type { TrialResult } from '../trial/types.ts';
import { dataTable } from './figure.ts';
import {
  formatBytes,
  formatCount,
  formatInterval,
  formatNumber,
  formatSi,
  formatTime,
  formatTuples,
  joinWords,
} from './format.ts';
import { type Content, html, type Markup } from './html.ts';
import { definitions } from './machine-section.ts';
import { originOf } from './series.ts';
import type { ReportData } from './types.ts';

/** Everything else, folded: the model, exact settings and versions, and every point with its verdict and memory. */
export function detailsSection(data: ReportData): Markup {
  return html`<section id="details"><h2>Everything else</h2>
<details><summary>Model</summary>${modelFacts(data)}</details>
<details><summary>Settings and versions</summary>${definitions([...Object.entries(data.settings), ...Object.entries(data.versions)])}</details>
${data.trial && html`<details><summary>Every configuration of the trial with its verdict, start and memory (${formatCount(data.trial.configurations.length)})</summary>${trialTable(data.trial)}</details>`}
<details><summary>Every point with its verdict and memory (${formatCount(data.points.length)})</summary>${pointsTable(data)}</details>
<details><summary>How to read this page</summary>${explanation()}</details>
</section>`;
}

function modelFacts({ model, costPerItem }: ReportData): Markup {
  const shape = ({ name, type, shape: dims }: ReportData['model']['inputs'][number]): string =>
    `${name} ${type} [${dims.join(' × ')}]`;
  const bound = costPerItem.unknown.length > 0 ? ` at least (unknown: ${costPerItem.unknown.join(' ')})` : '';
  return definitions([
    ['Name', model.name],
    ['File', model.file],
    ['SHA-256', model.contentHash],
    ['Opset', String(model.opset)],
    ['Parameters', formatCount(model.parameters)],
    ['Size', formatBytes(model.bytes)],
    ['Work per item', `${formatSi(costPerItem.flops)}FLOP, ${formatSi(costPerItem.bytes)}B moved${bound}`],
    ['Inputs', model.inputs.map(shape).join(', ')],
    ['Outputs', model.outputs.map(shape).join(', ')],
  ]);
}

function trialTable({ configurations, failures }: TrialResult): Markup {
  return dataTable(
    'Every configuration: time of the whole set in ms; the start skew is the largest gap between the first instance’s begin and the last one’s, in ms and over the median time',
    [
      { head: 'name' },
      { head: '⟨i,t,b⟩' },
      { head: 'median', numeric: true },
      { head: '95 % interval', numeric: true },
      { head: 'runs', numeric: true },
      { head: 'start skew', numeric: true },
      { head: 'RSS', numeric: true },
      { head: 'verdict' },
    ],
    [
      ...configurations.map((one): Content[] => [
        one.name,
        formatTuples(one.groups),
        formatNumber(one.medianMs),
        formatInterval(one.interval),
        formatCount(one.count),
        `${formatNumber(one.startSkew * one.medianMs)} · ${formatNumber(one.startSkew * 100)} %`,
        formatBytes(one.rssBytes),
        verdictWords(one.verdict, 'rounds'),
      ]),
      ...failures.map(({ name, message }): Content[] => [name, ...Array<string>(6).fill('–'), message]),
    ],
  );
}

function pointsTable({ points, cores }: ReportData): Markup {
  return dataTable(
    'Every point: latencies in ms per batch',
    [
      { head: 'mode' },
      { head: 't', numeric: true },
      { head: 'b', numeric: true },
      { head: 'median', numeric: true },
      { head: '95 % interval', numeric: true },
      { head: 'p90', numeric: true },
      { head: 'p99', numeric: true },
      { head: 'slowest of set', numeric: true },
      { head: 'samples', numeric: true },
      { head: 'RSS', numeric: true },
      { head: 'PSS', numeric: true },
      { head: 'CPUs' },
      { head: 'verdict' },
      { head: 'measured' },
    ],
    points.map((point) => pointRow(point, cores)),
  );
}

function pointRow(point: Point, cores: number): Content[] {
  const { mode, threads, batch } = point.settings;
  const place = [mode, String(threads), String(batch)];
  const origin = originOf(point, cores) ?? [];
  const at = html`<span class="when">${formatTime(point.measuredAt)}</span>`;
  if (point.state === 'failed')
    return [
      ...place,
      ...Array<string>(9).fill('–'),
      [`${point.failure}: ${point.message}`].concat(origin).join('; '),
      at,
    ];
  const { stats, memory, readBack } = point;
  return [
    ...place,
    formatNumber(stats.medianMs),
    formatInterval(stats.interval),
    formatNumber(stats.p90Ms),
    formatNumber(stats.p99Ms),
    formatNumber(stats.slowestMs),
    formatCount(stats.count),
    formatBytes(memory.rssBytes),
    memory.pssBytes === null ? '–' : formatBytes(memory.pssBytes),
    readBack.cpus.join(' | '),
    [verdictWords(point.verdict, 'visits')].concat(origin, readBack.differences).join('; '),
    at,
  ];
}

/** @param units What was left out where something disturbed it: visits of a point, rounds of a trial. */
function verdictWords(
  { trusted, disturbances, visits, visitsLeftOut }: Verdict,
  units: 'visits' | 'rounds',
): string {
  const causes = disturbances.map(({ text }) => text.replace(/\.$/, ''));
  const left = visitsLeftOut > 0 ? [`${visitsLeftOut} of ${visits} ${units} left out`] : [];
  return [trusted ? 'trusted' : 'disturbed', ...causes, ...left].join('; ');
}

function explanation(): Markup {
  const terms = [
    [
      'Configuration',
      '⟨i, t, b⟩: i instances of t threads that each take up to b items; an instance is a process pinned to its own cores.',
    ],
    [
      joinWords(['Fat', 'thin', 'default']),
      'Fat is one instance pinned to all cores; thin is instances of one thread; default is one instance with the engine’s own number of threads, not pinned: what one gets today.',
    ],
    [
      'Interval',
      'The 95 % confidence interval of the median. A difference is called significant when the interval of the ratio, measured in turn, leaves 1 out.',
    ],
    [
      'Disturbed',
      'Something named spoiled the measurement: other load, a throttled quota, a changing clock. Such points are drawn hollow.',
    ],
    [
      'Stops scaling',
      'Beyond that thread count no measured count is faster by 5 % or more with intervals apart.',
    ],
  ] as const;
  return definitions(terms);
}
