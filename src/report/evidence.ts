import type { PointMode } from '../profile/types.ts';
import { busyChart } from './busy-chart.ts';
import { cellsChart } from './cells-chart.ts';
import { baselines, configurationRows, rowOf, winnerOf } from './configurations.ts';
import { configurationsChart } from './configurations-chart.ts';
import { dataTable, figure } from './figure.ts';
import {
  busyFinding,
  cellsFinding,
  latencyFinding,
  meanBusy,
  planFinding,
  throughputFinding,
  trialFinding,
} from './findings.ts';
import { formatInterval, formatNumber, formatPercent } from './format.ts';
import { html, type Markup } from './html.ts';
import { latencyChart, throughputChart } from './scalability-charts.ts';
import { modesOf, placesOf, rateOfInstance, rateOfMachine, seriesOf } from './series.ts';
import type { ReportData } from './types.ts';

/** The figures, in the order of the questions: which set wins, where the time goes, how the model scales. */
export function evidenceSection(data: ReportData): Markup {
  const [mode, second] = modesOf(data.points);
  return html`<section id="evidence" class="figures" aria-label="Evidence">
${configurationsFigure(data)}${busyFigure(data)}${mode && scalabilityFigures(data, mode)}${cellsFigure(data)}
${second && html`<details class="full more"><summary>The same curves with the other cores busy</summary><div class="figures">${scalabilityFigures(data, second)}</div></details>`}
</section>`;
}

function footOf(data: ReportData, source: string): string {
  const engine = data.points[0]?.settings.engine;
  const software = engine ? `${engine.name} ${engine.version}` : `thinfer ${data.versions['thinfer'] ?? ''}`;
  return `Source: ${source}, ${software} · ${data.machine.cpuModel} · ${data.madeAt.slice(0, 10)}`;
}

function configurationsFigure(data: ReportData): Markup | null {
  const rows = configurationRows(data);
  if (!rows) return null;
  const items = data.trial?.items ?? data.plan?.items ?? 0;
  return figure({
    id: 'configurations',
    title: data.trial ? trialFinding(data.trial) : planFinding(data),
    subtitle: html`Time for ${items} items, ms, from the common start to the slowest instance’s end. Bar: measured median, with its 95 % interval. <span class="key">◇</span> predicted`,
    foot: footOf(data, data.trial ? `trial of ${data.trial.rounds} rounds` : 'plan'),
    chart: (width) => configurationsChart(rows, width),
    table: dataTable(
      'Configurations, predicted and measured',
      [
        { head: 'name' },
        { head: 'instances × threads × items' },
        { head: 'predicted, ms', numeric: true },
        { head: 'measured, ms', numeric: true },
        { head: '95 % interval', numeric: true },
        { head: 'verdict' },
      ],
      rows.map(({ name, words, predictedMs, measured }) => [
        name,
        words,
        predictedMs === null ? '–' : formatNumber(predictedMs),
        measured ? formatNumber(measured.medianMs) : '–',
        measured ? formatInterval(measured.interval) : '–',
        measured ? (measured.trusted ? 'trusted' : 'disturbed') : 'not run',
      ]),
    ),
  });
}

function busyFigure(data: ReportData): Markup | null {
  const { trial, machine } = data;
  const winner = trial && winnerOf(trial);
  if (!trial || !winner) return null;
  const shown = new Set([winner, ...baselines.flatMap((name) => rowOf(trial, name) ?? [])]);
  const cpus = [...new Set([...shown].flatMap(({ busy }) => Object.keys(busy)).map(Number))].sort(
    (a, b) => a - b,
  );
  if (cpus.length === 0) return null;
  return figure({
    id: 'busy',
    title: busyFinding(trial, machine.usable),
    subtitle: `Busy share of each CPU while the configuration ran, 0 to 100 %; all ${cpus.length} CPUs of the machine`,
    foot: footOf(data, 'trial, /proc/stat'),
    chart: (width) => busyChart([...shown], cpus, width),
    table: dataTable(
      'Busy share of each CPU',
      [{ head: 'CPU', numeric: true }, ...[...shown].map(({ name }) => ({ head: name, numeric: true }))],
      [
        ...cpus.map((cpu) => [cpu, ...[...shown].map(({ busy }) => formatPercent(busy[String(cpu)] ?? 0))]),
        ['mean of usable', ...[...shown].map((one) => formatPercent(meanBusy(one, machine.usable)))],
      ],
    ),
  });
}

const circumstance: Readonly<Record<PointMode, string>> = {
  alone: 'one instance, the other cores idle',
  together: 'one instance, the other cores busy with its replicas',
};

function scalabilityFigures(data: ReportData, mode: PointMode): Markup {
  const series = seriesOf(data.points, mode);
  const key = html`. <span class="key">○</span> disturbed. Grey: ideal scaling`;
  const table = scalabilityTable(data, mode);
  const foot = footOf(data, `profile, ${mode}`);
  const latency = figure({
    id: `latency-${mode}`,
    title: latencyFinding(data.model.name, series),
    subtitle: html`Median latency of a batch, ms, with its 95 % interval; ${circumstance[mode]}${key}`,
    foot,
    chart: (width) => latencyChart(series, width),
    table,
  });
  const throughput = figure({
    id: `throughput-${mode}`,
    title: throughputFinding(data.model.name, series),
    subtitle: html`Throughput, items/s: batch over median latency; ${circumstance[mode]}${key}`,
    foot,
    chart: (width) => throughputChart(series, width),
    table,
  });
  return html`${latency}${throughput}`;
}

function scalabilityTable(data: ReportData, mode: PointMode): Markup {
  const rows = placesOf(data.points, mode).map((place) => {
    const { batch, threads } = place.settings;
    if (place.state === 'failed') return [batch, threads, '–', '–', '–', place.failure];
    const verdict = place.verdict.trusted ? 'trusted' : 'disturbed';
    const { medianMs, interval } = place.stats;
    return [
      batch,
      threads,
      formatNumber(medianMs),
      formatInterval(interval),
      formatNumber(rateOfInstance(place).value),
      verdict,
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

function cellsFigure(data: ReportData): Markup | null {
  const mode: PointMode = data.points.some(({ settings }) => settings.mode === 'together')
    ? 'together'
    : 'alone';
  const places = placesOf(data.points, mode);
  if (places.length === 0) return null;
  const winner = data.trial && winnerOf(data.trial);
  const chosen = winner?.groups ?? data.plan?.best.groups ?? [];
  const whole =
    mode === 'together' ? 'all cores filled with equal instances' : 'one instance, the other cores idle';
  const ring = chosen.length > 0 ? ' Ringed: the cell to run.' : '';
  return figure({
    id: 'cells',
    title: cellsFinding(seriesOf(data.points, mode)),
    subtitle: html`Throughput, items/s, over threads and batch of an instance; ${whole}. <span class="key">○</span> disturbed.${ring}`,
    foot: footOf(data, `profile, ${mode}`),
    chart: (width) => cellsChart(places, chosen, width),
    room: 'full',
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
        const state = place.verdict.trusted ? 'trusted' : 'disturbed';
        return [
          batch,
          threads,
          place.replicas,
          formatNumber(rate.value),
          formatInterval(rate.interval),
          state,
        ];
      }),
    ),
  });
}
