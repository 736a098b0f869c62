import type { PointMode } from '../profile/types.ts';
import { cellsChart } from './cells-chart.ts';
import { winnerOf } from './configurations.ts';
import { dataTable, figure, footOf } from './figure.ts';
import { cellsFinding, latencyFinding, throughputFinding } from './findings.ts';
import { formatBytes, formatInterval, formatNumber } from './format.ts';
import { html, type Markup } from './html.ts';
import { memoryChart, memoryFinding, memoryOf } from './memory.ts';
import { latencyChart, throughputChart } from './scalability-charts.ts';
import {
  type MeasuredPoint,
  originNote,
  originOf,
  placesOf,
  rateOfInstance,
  rateOfMachine,
  seriesOf,
} from './series.ts';
import type { ReportData } from './types.ts';

const circumstance: Readonly<Record<PointMode, string>> = {
  alone: 'one instance, the other cores idle',
  together: 'one instance, the other cores busy with its replicas',
};

/** Latency and throughput over threads, of the points of one mode. */
export function scalabilityFigures(data: ReportData, mode: PointMode): Markup {
  const series = seriesOf(data, mode);
  const key = html`. <span class="key">○</span> disturbed. Grey: ideal scaling.`;
  const note = originNote(placesOf(data, mode), data.cores);
  const table = scalabilityTable(data, mode);
  const foot = footOf(data, `profile, ${mode}`);
  const latency = figure({
    id: `latency-${mode}`,
    title: latencyFinding(data.model.name, series),
    subtitle: html`Median latency of a batch, ms, with its 95 % interval; ${circumstance[mode]}${key}${note}`,
    foot,
    chart: (width) => latencyChart(series, width),
    table,
  });
  const throughput = figure({
    id: `throughput-${mode}`,
    title: throughputFinding(data.model.name, series),
    subtitle: html`Throughput, items/s: batch over median latency; ${circumstance[mode]}${key}${note}`,
    foot,
    chart: (width) => throughputChart(series, width),
    table,
  });
  return html`${latency}${throughput}`;
}

function scalabilityTable(data: ReportData, mode: PointMode): Markup {
  const rows = placesOf(data, mode).map((place) => {
    const { batch, threads } = place.settings;
    if (place.state === 'failed') return [batch, threads, '–', '–', '–', place.failure];
    const { medianMs, interval } = place.stats;
    return [
      batch,
      threads,
      formatNumber(medianMs),
      formatInterval(interval),
      formatNumber(rateOfInstance(place).value),
      stateOf(place, data.cores),
    ];
  });
  return dataTable(
    `Latency and throughput of ${circumstance[mode]}`,
    [
      { head: 'batch', numeric: true },
      { head: 'threads', numeric: true },
      { head: 'median, ms', numeric: true },
      { head: '95 % interval', numeric: true },
      { head: 'items/s', numeric: true },
      { head: 'verdict' },
    ],
    rows,
  );
}

function stateOf(place: MeasuredPoint, cores: number): string {
  const origin = originOf(place, cores);
  return `${place.verdict.trusted ? 'trusted' : 'disturbed'}${origin === null ? '' : `, ${origin}`}`;
}

/** The heat map: points measured together where there are any, else alone. */
export function cellsFigure(data: ReportData): Markup | null {
  const together = placesOf(data, 'together');
  const mode: PointMode = together.length > 0 ? 'together' : 'alone';
  const places = together.length > 0 ? together : placesOf(data, 'alone');
  if (places.length === 0) return null;
  const winner = data.trial && winnerOf(data.trial);
  const chosen = winner?.groups ?? data.plan?.best.groups ?? [];
  const whole =
    mode === 'together' ? 'all cores filled with equal instances' : 'one instance, the other cores idle';
  const ring = chosen.length > 0 ? ' Ringed: the cell to run.' : '';
  return figure({
    id: 'cells',
    title: cellsFinding(seriesOf(data, mode)),
    subtitle: html`Throughput, items/s, over threads and batch of an instance; ${whole}. <span class="key">○</span> disturbed.${ring}${originNote(places, data.cores)}`,
    foot: footOf(data, `profile, ${mode}`),
    chart: (width) => cellsChart(places, chosen, width),
    table: dataTable(
      `Throughput with ${whole}`,
      [
        { head: 'batch', numeric: true },
        { head: 'threads', numeric: true },
        { head: 'instances', numeric: true },
        { head: 'items/s', numeric: true },
        { head: '95 % interval', numeric: true },
        { head: 'state' },
      ],
      places.map((place) => {
        const { batch, threads } = place.settings;
        if (place.state === 'failed') return [batch, threads, '–', '–', '–', place.message];
        const rate = rateOfMachine(place);
        return [
          batch,
          threads,
          place.replicas,
          formatNumber(rate.value),
          formatInterval(rate.interval),
          stateOf(place, data.cores),
        ];
      }),
    ),
  });
}

/** Memory of one instance over its batch. */
export function memoryFigure(data: ReportData, mode: PointMode): Markup {
  const memory = memoryOf(seriesOf(data, mode));
  return figure({
    id: 'memory',
    title: memoryFinding(memory),
    subtitle: `Memory of one instance, MiB: resident, and proportional (pages shared with others counted in part); the most over its thread counts.${originNote(placesOf(data, mode), data.cores)}`,
    foot: footOf(data, `profile, ${mode}, /proc/PID/smaps_rollup`),
    chart: (width) => memoryChart(memory, width),
    table: dataTable(
      'Memory of one instance',
      [
        { head: 'batch', numeric: true },
        { head: 'resident', numeric: true },
        { head: 'proportional', numeric: true },
      ],
      memory.map(({ batch, rssBytes, pssBytes }) => [
        batch,
        formatBytes(rssBytes),
        pssBytes === null ? '–' : formatBytes(pssBytes),
      ]),
    ),
  });
}
