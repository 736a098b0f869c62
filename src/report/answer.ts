import { judgeSpeedUp } from '../trial/judge-speed-up.ts';
import type { SpeedUp, TrialConfiguration, TrialResult } from '../trial/types.ts';
import { cellsNote } from './cells-note.ts';
import {
  type Baseline,
  baselines,
  describeConfiguration,
  paintOf,
  rowOf,
  winnerOf,
} from './configurations.ts';
import { latencyFinding } from './findings.ts';
import {
  formatBytes,
  formatCount,
  formatInterval,
  formatMs,
  formatNumber,
  formatPlural,
  formatRatio,
  formatTime,
  formatTuples,
} from './format.ts';
import { html, type Markup } from './html.ts';
import { modesOf, originNote, placesOf, seriesOf } from './series.ts';
import { speedUpScale, speedUpStrip } from './speed-up-strip.ts';
import type { ReportData } from './types.ts';

/** The first screen: what to run, how much faster it is, how sure that is, and the command. */
export function answerSection(data: ReportData): Markup {
  const { model, machine } = data;
  return html`<header>
<p class="kicker"><b>thinfer</b> · ${model.name} on ${machine.cpuModel}, ${formatCount(machine.usable.length)} of ${formatCount(machine.physicalCores)} cores · ${formatTime(data.madeAt)}</p>
${data.trial ? measuredAnswer(data.trial) : data.plan ? predictedAnswer(data) : profileAnswer(data)}
<p class="label" id="command">${data.trial ? 'To repeat it' : 'The command'}</p>
<pre class="command" tabindex="0" aria-labelledby="command"><code>${data.command}</code></pre>
</header>`;
}

function measuredAnswer(trial: TrialResult): Markup {
  const winner = winnerOf(trial);
  if (!winner) return html`<h1>${trial.verdict}</h1>`;
  const speedups = baselines.map((name) => trial.speedup[name]).filter((one) => one !== null);
  const scale = speedUpScale(speedups);
  return html`<h1>Run ${unbroken(describeConfiguration(winner))}</h1>
<p class="lede">${trial.verdict}</p>
<ul class="tiles">${baselines.map((name) => tile(name, trial, winner, scale))}</ul>
<p class="facts">${winnerFacts(trial, winner)}</p>`;
}

const asks: Readonly<Record<Baseline, string>> = {
  default: 'what you get today',
  fat: 'one instance on all cores',
  thin: 'instances of one thread',
};

function tile(
  name: Baseline,
  trial: TrialResult,
  winner: TrialConfiguration,
  scale: readonly [number, number],
): Markup {
  const heading = html`<h2><i class="swatch" style="background:var(--${name})"></i>against ${name} <small>${asks[name]}</small></h2>`;
  const speedup = trial.speedup[name];
  const row = rowOf(trial, name);
  if (speedup && row !== winner)
    return html`<li>${heading}${tileFigures(speedup)}${speedUpStrip(speedup, scale, name)}</li>`;
  const why =
    row === winner ? 'The same configuration as the winner.' : row ? 'Not compared.' : 'Was not run.';
  return html`<li>${heading}<p class="none">${why}</p></li>`;
}

function tileFigures(speedup: SpeedUp): Markup {
  const words = { faster: 'times as fast', slower: 'times as fast', same: 'no significant difference' }[
    judgeSpeedUp(speedup)
  ];
  return html`<p class="ratio"><b>${formatRatio(speedup.ratio)}</b> ${words}</p><p class="interval">95 % interval ${formatInterval(speedup.interval, formatRatio)}</p>`;
}

/** Keeps a number with its noun, and `×` with what it follows, on one line. */
function unbroken(words: string): string {
  return words.replace(/(\d) (?=\p{L})/gu, '$1\u00a0').replaceAll(' ×', '\u00a0×');
}

function winnerFacts(trial: TrialResult, winner: TrialConfiguration): string {
  const predicted = winner.predictedMs === null ? [] : [`predicted ${formatMs(winner.predictedMs)}`];
  return [
    `${formatTuples(winner.groups)}`,
    `${formatCount(trial.items)} items in ${formatMs(winner.medianMs)} (95 % interval ${formatInterval(winner.interval)})`,
    ...predicted,
    `${formatNumber(winner.itemsPerSecond)} items/s`,
    `${formatBytes(winner.rssBytes)} of memory in all`,
    `${formatCount(trial.rounds)} rounds, configurations in turn`,
  ].join(' · ');
}

function predictedAnswer(data: ReportData): Markup {
  const { plan } = data;
  if (!plan) return html``;
  const { best } = plan;
  const fat = plan.speedup.fat;
  const gain = fat === null ? '' : `, ${formatRatio(fat)} times as fast as one instance on all cores`;
  const fitted = best.fitted ? ' It rests on cells that were interpolated, not measured.' : '';
  const cells = best.cells === 'together' ? '' : ` ${cellsNote(best.cells)}`;
  const measured = placesOf(data, 'together').filter(({ state }) => state === 'measured');
  return html`<h1>Run ${unbroken(describeConfiguration({ groups: best.groups, pinned: true }))}</h1>
<p class="lede">Predicted, not yet tried: ${formatCount(plan.items)} items in ${formatMs(best.predictedMs)}${gain}.${fitted}${cells}${originNote(measured, data.cores)}</p>
<p class="facts">${formatTuples(best.groups)} · ${formatNumber(best.itemsPerSecond)} items/s · ${formatCount(best.cores)} of ${formatCount(plan.cores)} cores · from ${formatCount(plan.table.measured)} measured of ${formatCount(plan.table.cells)} cells</p>`;
}

function profileAnswer(data: ReportData): Markup {
  const { model, points } = data;
  const [mode] = modesOf(data);
  const failed = points.filter(({ state }) => state === 'failed').length;
  const measured = points.length - failed;
  const finding = latencyFinding(model.name, mode ? seriesOf(data, mode) : []);
  const failures = failed > 0 ? `; ${formatCount(failed)} could not be measured` : '';
  return html`<h1>${finding}</h1>
<p class="lede">A profile only: ${formatPlural(measured, 'point')}${failures}. No configuration was planned or tried yet.</p>`;
}

/** The colour class of the winner, for the page's accent. */
export function accentOf({ trial }: ReportData): string {
  const winner = trial && winnerOf(trial);
  return winner ? paintOf(winner.names) : 'plan';
}
