import type { TrialResult } from '../trial/types.ts';
import { busyChart } from './busy-chart.ts';
import { baselines, configurationRows, rowOf, winnerOf } from './configurations.ts';
import { configurationsChart } from './configurations-chart.ts';
import { dataTable, figure, footOf } from './figure.ts';
import { busyCpus, busyFinding, planFinding, trialFinding } from './findings.ts';
import { formatInterval, formatNumber, formatPercent, formatRatio } from './format.ts';
import { html, type Markup } from './html.ts';
import { trialNotes } from './trial-notes.ts';
import type { ReportData } from './types.ts';
import { wakeUpFinding } from './wake-up.ts';

/** Plan against baselines, predicted and measured; null without plan and trial. */
export function configurationsFigure(data: ReportData): Markup | null {
  const rows = configurationRows(data);
  if (!rows) return null;
  const items = data.trial?.items ?? data.plan?.items ?? 0;
  return figure({
    id: 'configurations',
    title: data.trial ? trialFinding(data.trial) : planFinding(data),
    subtitle: html`Time for ${items} items, ms, from the common start to the slowest instance’s end. ${data.trial && 'Bar: measured median, with its 95 % interval; hollow: disturbed. '}<span class="key">◇</span> predicted`,
    note: data.trial && notesOf(data.trial),
    isAlone: data.trial === null,
    foot: footOf(data, data.trial ? `trial of ${data.trial.rounds} rounds` : 'plan'),
    chart: (width) => configurationsChart(rows, width),
    table: dataTable(
      'Configurations, predicted and measured',
      [
        { head: 'name' },
        { head: 'instances × threads × items' },
        { head: 'predicted, ms', numeric: true },
        { head: 'measured, ms', numeric: true },
        { head: 'measured over predicted', numeric: true },
        { head: '95 % interval', numeric: true },
        { head: 'over default', numeric: true },
        { head: '95 % interval', numeric: true },
        { head: 'verdict' },
      ],
      rows.map(({ name, words, predictedMs, measured }) => [
        name,
        words,
        predictedMs === null ? '–' : formatNumber(predictedMs),
        measured ? formatNumber(measured.medianMs) : '–',
        measured && predictedMs !== null ? `${formatRatio(measured.medianMs / predictedMs)}×` : '–',
        measured ? formatInterval(measured.interval) : '–',
        measured?.overDefault ? `${formatRatio(measured.overDefault.ratio)}×` : '–',
        measured?.overDefault ? formatInterval(measured.overDefault.interval, formatRatio) : '–',
        measured ? (measured.trusted ? 'trusted' : 'disturbed') : 'not run',
      ]),
    ),
  });
}

function notesOf(trial: TrialResult): string {
  return [wakeUpFinding(trial.configurations) ?? [], ...trialNotes(trial)].flat().join(' ');
}

/** How busy each CPU was, the default beside the pinned runs; null without a trial. */
export function busyFigure(data: ReportData): Markup | null {
  const { trial } = data;
  const winner = trial && winnerOf(trial);
  if (!trial || !winner) return null;
  const shown = new Set([winner, ...baselines.flatMap((name) => rowOf(trial, name) ?? [])]);
  const cpus = [...new Set([...shown].flatMap(({ busy }) => Object.keys(busy)).map(Number))].sort(
    (a, b) => a - b,
  );
  if (cpus.length === 0) return null;
  return figure({
    id: 'busy',
    title: busyFinding(trial),
    subtitle: `Busy share of each CPU while the configuration ran, 0 to 100 %; all ${cpus.length} CPUs of the machine`,
    foot: footOf(data, 'trial, /proc/stat'),
    chart: (width) => busyChart([...shown], cpus, width),
    table: dataTable(
      'Busy share of each CPU',
      [{ head: 'CPU', numeric: true }, ...[...shown].map(({ name }) => ({ head: name, numeric: true }))],
      [
        ...cpus.map((cpu) => [cpu, ...[...shown].map(({ busy }) => formatPercent(busy[String(cpu)] ?? 0))]),
        ['CPUs busy', ...[...shown].map((one) => busyCpus(one).toFixed(2))],
      ],
    ),
  });
}
