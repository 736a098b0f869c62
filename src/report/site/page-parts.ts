import type { Dataset, Provenance, SettingName } from '../../dataset/index.ts';
import { csvField, type Field } from '../csv.ts';
import { formatPlural, formatTime } from '../format.ts';
import { type Content, html, type Markup } from '../html.ts';
import { definitionsSection } from './definitions.ts';
import { figureMarkup } from './draw-site-figure.ts';
import { originText } from './line-figure.ts';
import { type PageContext, sizeText, whereOf } from './page-context.ts';
import { figuresOf, type Section } from './site-figure.ts';
import { settingWords } from './words.ts';

/** The sections of a page with their headings and charts. */
export function sectionsMarkup(sections: readonly Section[]): Markup[] {
  return sections.map(
    ({
      id,
      heading,
      intro,
      subsections,
    }) => html`<section id="${id}"><h2>${heading}</h2>${intro && html`<div class="intro">${intro}</div>`}
${subsections.map((part) => html`<div class="subsection" id="${part.id}"><h3>${part.heading}</h3>${part.intro}<div class="figures">${part.figures.map((one) => figureMarkup(one))}</div></div>`)}</section>`,
  );
}

/** Links to every section and what is in it. */
export function contentsMarkup(sections: readonly Section[]): Markup {
  const parts = sections.map(
    ({ id, heading, subsections }) =>
      html`<li><a href="#${id}"><b>${heading}</b></a><ul>${subsections.map((part) => html`<li><a href="#${part.id}">${part.heading}</a> <small>${part.figures.length}</small></li>`)}</ul></li>`,
  );
  return html`<nav class="contents" aria-label="Contents"><ul>${parts}</ul></nav>`;
}

/** The definitions that the charts of sections link to. */
export function definitionsOf(sections: readonly Section[]): Markup {
  return definitionsSection(figuresOf(sections).map(({ definition }) => definition));
}

/** What was measured, on what, when, with which settings. */
export function whatWasMeasured(context: PageContext): Markup {
  const { dataset, choice } = context;
  const settings = (Object.keys(choice.usual) as SettingName[]).flatMap((name): [string, string][] => {
    const values = choice.varying.get(name) ?? [choice.usual[name]];
    return values.every((value) => value === '')
      ? []
      : [[settingWords[name], values.map((value) => value || 'not told').join(', ')]];
  });
  const rows: [string, Content][] = [
    ['model', `${dataset.model}${sizeText(dataset.dims) === '' ? '' : `, ${sizeText(dataset.dims)}`}`],
    ['machine', whereOf({ ...dataset, experiment: null })],
    ...dataset.machine.facts.map(([name, value]): [string, Content] => [name, value]),
    [
      'cells',
      `${formatPlural(dataset.cells.length, 'cell')}, batch ${listWords(dataset.cells.map(({ batch }) => batch))}; threads ${listWords(dataset.cells.map(({ threads }) => threads))}`,
    ],
    ...settings,
    ...provenanceRows(dataset.provenance),
  ];
  return html`<section id="measured" class="what"><h2>What Was Measured</h2>${definitionList(rows)}</section>`;
}

/** Rows of a name and a value. */
export function definitionList(rows: readonly (readonly [string, Content])[]): Markup {
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** `1, 2, 4 … 1024` of numbers in any order. */
function listWords(values: readonly number[]): string {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  return sorted.length <= 16
    ? sorted.join(', ')
    : `${sorted.slice(0, 4).join(', ')} … ${sorted.at(-1)} (${sorted.length})`;
}

/** Where figures come from, as rows. */
export function provenanceRows(provenance: Provenance): [string, Content][] {
  if (provenance.kind === 'published')
    return [
      ['source', 'as published; not measured by thinfer'],
      [provenance.files.length > 1 ? 'files' : 'file', provenance.files.join(', ')],
      ['columns', provenance.columns.join(', ')],
      ...provenance.notices.map((notice): [string, Content] => ['mended', notice]),
    ];
  return [
    ['source', 'measured by thinfer; statistics are made anew from the raw samples'],
    ['measured', `${formatTime(provenance.from)} to ${formatTime(provenance.until)}`],
    ...provenance.versions.map(([name, version]): [string, Content] => [name, version]),
    ...provenance.proofs.map(([name, proof]): [string, Content] => [name, proof]),
  ];
}

/** Cells that have no figure, by their settings, and those that a sweep asked for in vain; null where all have one. */
export function failuresMarkup({ cells, skipped }: Pick<Dataset, 'cells' | 'skipped'>): Markup | null {
  const failed = cells.filter((cell) => cell.state === 'failed');
  if (failed.length + skipped.length === 0) return null;
  const failures = failed.map(
    ({ threads, batch, variant, failure, message }) =>
      html`<li>${threads} threads, batch ${batch}, ${variant.mode || 'one instance'}, optimization ${variant.optimization}: ${failure}. ${message}</li>`,
  );
  const leftOut = skipped.map(
    (one) => html`<li>${one.setting}, ${formatPlural(one.cells, 'cell')}: ${one.reason}</li>`,
  );
  return html`<section id="failed"><h2>Cells Without A Figure</h2><ul class="plain">${failures}${leftOut}</ul></section>`;
}

/** All cells of a dataset as RFC 4180 has it, numbers unrounded. */
export function cellsCsv({ cells }: Dataset): string {
  const names = Object.keys(settingWords) as SettingName[];
  const head = [
    ...names,
    ...[
      'intraop_threads',
      'batch_size',
      'instances',
      'state',
      'statistic',
      'latency_ms',
      'interval_low_ms',
      'interval_high_ms',
    ],
    ...[
      'min_ms',
      'average_ms',
      'max_ms',
      'slowest_ms',
      'items_per_second',
      'throughput_from',
      'trusted',
      'notes',
      'origin',
    ],
  ];
  const rows = cells.map((cell): Field[] => {
    const place = [
      ...names.map((name) => cell.variant[name]),
      cell.threads,
      cell.batch,
      cell.instances,
      cell.state,
    ];
    if (cell.state === 'failed')
      return [
        ...place,
        ...Array<null>(11).fill(null),
        `${cell.failure}: ${cell.message}`,
        originText(cell.origin),
      ];
    const { latency } = cell;
    return [
      ...place,
      ...[latency.statistic, latency.ms, latency.interval?.[0] ?? null, latency.interval?.[1] ?? null],
      ...[
        latency.minMs,
        latency.averageMs,
        latency.maxMs,
        latency.slowestMs,
        cell.itemsPerSecond,
        cell.throughputFrom,
      ],
      ...[cell.trusted, cell.disturbances.join(' '), originText(cell.origin)],
    ];
  });
  return [head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}
