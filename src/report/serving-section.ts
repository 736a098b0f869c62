import { mean } from '../stats/index.ts';
import { dataTable } from './figure.ts';
import {
  formatBytes,
  formatCount,
  formatInterval,
  formatNumber,
  formatPercent,
  formatPlural,
  formatRatio,
  formatTime,
  formatTuples,
} from './format.ts';
import { type Content, html, type Markup } from './html.ts';
import type { ServedResult, ServingLoad, ServingModel, ServingSet } from './serving-result.ts';
import type { ReportData, ServingData } from './types.ts';

/** Servers compared end to end, from a file of such a comparison; null without one. */
export function servingSection({ serving, machine }: ReportData): Markup | null {
  if (!serving) return null;
  const { model, peer, roundSeconds } = serving;
  return html`<section id="serving"><p class="kicker"><b>Served end to end</b></p>
<h2>${servingFinding(serving)}</h2>
<p class="sub">Requests of one item, in rounds of ${formatNumber(roundSeconds)} s, the servers in turn. Percentiles are those of all answers, at a fixed rate from the moment a request was due. Times as fast: by items a second where clients wait for their answer, by the median latency at a fixed rate; each with its 95 % interval over the rounds.</p>
${notesOf(serving, machine).map((note) => html`<p class="note">${note}</p>`)}
${servingTable(model, peer)}
${setsTable(model)}
<p class="foot">${footOf(serving)}</p></section>`;
}

/** How thinfer's plan does under the most clients, against the set that the comparison is over. */
export function servingFinding({ model, peer }: ServingData): string {
  const load = busiest(model);
  const plan = model.sets.find(({ server, isPlan }) => server !== peer && isPlan);
  const over = load?.results.find(({ set }) => set === plan?.name)?.overBaseline;
  const baseline = model.sets.find(({ name }) => name === model.baseline);
  if (!load || !plan || !over || !baseline) return `${model.name} on ${peer} and thinfer`;
  const theirs = `${baseline.server}’s ${baseline.configuration} ${formatTuples(baseline.groups)}`;
  const [low, high] = over.interval;
  const what = load.loop === 'closed' ? 'at' : 'with';
  const measure = load.loop === 'closed' ? 'the rate' : 'the speed';
  const ours = `${loadWords(load)}, thinfer’s plan ${formatTuples(plan.groups)} serves ${model.name}`;
  return low > 1 || high < 1
    ? `${ours} ${what} ${formatRatio(over.ratio)} times ${measure} of ${theirs}`
    : `${loadWords(load)}, ${formatPlural(over.pairs, 'round')} can’t tell thinfer’s plan ${formatTuples(plan.groups)} from ${theirs} on ${model.name}`;
}

/** The closed loop with the most clients; without one the last load. */
function busiest({ loads }: ServingModel): ServingLoad | undefined {
  const clients = (load: ServingLoad): number => (load.loop === 'closed' ? load.concurrency : 0);
  return loads.toSorted((a, b) => clients(a) - clients(b)).at(-1);
}

/** A load in words: `With 4 clients`, `At 5.2 items a second`. */
function loadWords(load: ServingLoad): string {
  if (load.loop === 'open') return `At ${formatNumber(load.rate)} items a second`;
  return load.concurrency === 1 ? 'With 1 client' : `With ${formatCount(load.concurrency)} clients`;
}

/** Grouped by load, so that what may be compared stands together. */
function servingTable(model: ServingModel, peer: string): Markup {
  const caption = `${model.name}: servers and configurations under each load`;
  const sets = new Map(model.sets.map((one) => [one.name, one]));
  const numbers = ['items/s', 'p50, ms', 'p99, ms', `over ${peer}, same set`, `over ${model.baseline}`];
  const groups = model.loads.map(
    (load) =>
      html`<tbody><tr><th scope="rowgroup" colspan="${2 + numbers.length}">${loadWords(load)}</th></tr>${load.results.map((result) => servedRow(result, sets.get(result.set)!))}</tbody>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr><th scope="col">server</th><th scope="col">⟨i,t,b⟩</th>${numbers.map((head) => html`<th scope="col" class="n">${head}</th>`)}</tr></thead>${groups}</table></div>`;
}

function servedRow(result: ServedResult, set: ServingSet): Markup {
  const { itemsPerSecond, p50Ms, p99Ms, overPeer, overBaseline } = result;
  const numbers = [
    ...[itemsPerSecond, p50Ms, p99Ms].map(formatNumber),
    ...[overPeer, overBaseline].map(timesWords),
  ];
  return html`<tr><td>${set.server}</td><td class="when">${setWords(set)}</td>${numbers.map((number) => html`<td class="n">${number}</td>`)}</tr>`;
}

function setWords({ configuration, isPlan, groups }: ServingSet): string {
  return `${configuration}${isPlan && configuration !== 'plan' ? ' = plan' : ''} ${formatTuples(groups)}`;
}

/** What ran, and the memory of all its processes. */
function setsTable({ sets }: ServingModel): Markup {
  return dataTable(
    'What was served; memory of all processes of a server, each page shared out among those that share it',
    [
      { head: 'server' },
      { head: '⟨i,t,b⟩' },
      { head: 'engine' },
      { head: 'processes', numeric: true },
      { head: 'memory', numeric: true },
    ],
    sets.map((set) => [
      ...[set.server, setWords(set), set.engine, formatCount(set.processes)],
      set.pssBytes === null ? '–' : formatBytes(set.pssBytes),
    ]),
  );
}

function timesWords(over: ServedResult['overPeer']): Content {
  if (over === null) return '–';
  const { ratio, interval } = over;
  return html`${ratio >= 100 ? formatNumber(ratio) : formatRatio(ratio)}× <span class="interval">${formatInterval(interval, formatRatio)}</span>`;
}

function notesOf({ model, machine: on, notes }: ServingData, machine: ReportData['machine']): string[] {
  const results = model.loads.flatMap((load) => load.results);
  const answers = results.map((one) => one.answers);
  const failed = results.reduce((sum, one) => sum + one.failed, 0);
  const foreign = results.flatMap(({ rounds }) => rounds.map(({ foreignShare }) => foreignShare));
  const { before, after } = model.loadAverage;
  return [
    ...notes,
    `Load average of the machine when it began ${formatNumber(before)}, when it ended ${formatNumber(after)}; ${formatCount(model.checkedAnswers)} answers were compared with the engine’s own.`,
    `Other programs took ${formatPercent(Math.min(...foreign))} to ${formatPercent(Math.max(...foreign))} of the CPUs in a round, ${formatPercent(mean(foreign))} on average.`,
    `A row rests on ${formatCount(Math.min(...answers))} to ${formatCount(Math.max(...answers))} answers; of few, p99 is little more than the longest.`,
    ...(failed > 0 ? [`${formatCount(failed)} requests had no right answer.`] : []),
    ...(on.cpuModel === machine.cpuModel && on.physicalCores === machine.physicalCores
      ? []
      : ['It was measured on another machine than the rest of this page.']),
    ...(results.every(({ generatorKeptUp }) => generatorKeptUp)
      ? []
      : [
          'In some rounds the program that sends the requests could not keep up, so that latencies hold its own delay.',
        ]),
  ];
}

function footOf({ file, versions, model, machine, madeAt }: ServingData): string {
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const engines = [...new Set(model.sets.map(({ server, engine }) => `${server}: ${engine}`))];
  return `Source: ${file}, ${software.join(', ')}; ${engines.join(', ')} · ${machine.cpuModel}, ${formatCount(machine.physicalCores)} cores, ${machine.virtualisation} · ${formatTime(madeAt)}`;
}
