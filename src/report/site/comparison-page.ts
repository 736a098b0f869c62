import { type Dataset, keyOf } from '../../dataset/index.ts';
import { formatMs, formatRatio } from '../format.ts';
import { html, type Markup } from '../html.ts';
import { renderPage } from '../page.ts';
import { byBatch, fastest, trustedOf } from './analysis.ts';
import { instancesSubsection } from './comparison-instances.ts';
import { findingsOf, type Party, ratioTable } from './comparison-ratios.ts';
import { DistinctNames, withDistinctFiles } from './distinct-names.ts';
import { headMarkup } from './head-markup.ts';
import { lineFigure } from './line-figure.ts';
import { contextOf, curveCells, displayName, shortFile, sizeText, whereOf } from './page-context.ts';
import { contentsMarkup, definitionList, definitionsOf, sectionsMarkup } from './page-parts.ts';
import { latencyMeasure, pointsOf, valuePaint } from './plot.ts';
import type { Section, SiteFigure } from './site-figure.ts';
import type { SitePage } from './site-page.ts';
import { siteStyle } from './site-style.ts';
import { barWords, capital, latencyWords, settingWords, threadsAxis, threadsWords } from './words.ts';

/** A page for each model that was measured on several machines, in several experiments, or at several sizes. */
export function comparisonPages(datasets: readonly Dataset[]): SitePage[] {
  const byModel = Map.groupBy(datasets, ({ model }) => model.toLowerCase());
  const names: Names = { pages: new DistinctNames(), charts: new DistinctNames() };
  return [...byModel.values()].flatMap((own) => (own.length < 2 ? [] : pageOf(own, names)));
}

/** These pages and their charts lie in one folder, the site's. */
interface Names {
  readonly pages: DistinctNames;
  readonly charts: DistinctNames;
}

function pageOf(datasets: readonly Dataset[], names: Names): SitePage[] {
  const name = displayName(datasets[0]!.model);
  const stem = names.pages.take(`comparison-${keyOf(datasets[0]!.model)}`);
  const sizes = Map.groupBy(datasets, ({ dims }) => sizeText(dims));
  const places = Map.groupBy(datasets, ({ machine, experiment }) =>
    JSON.stringify([machine.key, experiment]),
  );
  const ids = new DistinctNames();
  const groups = [
    ...[...sizes].map(([size, own]) => ({
      id: ids.take(keyOf('places', size)),
      heading: `Machines And Experiments${size === '' ? '' : ` At ${size}`}`,
      parties: partiesOf(own, 'on', whereOf),
    })),
    ...[...places.values()].map((own) => ({
      id: ids.take(keyOf('sizes', whereOf(own[0]!))),
      heading: `Sizes On ${whereOf(own[0]!)}`,
      parties: partiesOf(own, 'at', ({ dims }) => sizeText(dims) || 'no size'),
    })),
  ].filter(({ parties }) => parties.length > 1);
  const drawn = groups
    .map(({ id, heading, parties }, index) =>
      sectionOf({ id, heading, parties, stem, name, part: index + 1 }),
    )
    .filter(({ subsections }) => subsections[0]!.figures.length > 0);
  const sections = withDistinctFiles(drawn, names.charts);
  if (sections.length === 0) return [];
  const findings = groups.flatMap(({ parties }) => findingsOf(name, parties));
  const path = `${stem}.html`;
  const title = findings[0] ?? `${name} side by side`;
  return [
    {
      kind: 'comparison',
      path,
      model: name,
      title: `${name}, compared`,
      where: [...new Set(datasets.map(whereOf))].join(' · '),
      sentence: title,
      cells: datasets.reduce((sum, { cells }) => sum + cells.length, 0),
      sections,
      small: null,
      files: [],
      render: ({ versions, madeAt }) =>
        renderPage({
          title: `${name} compared · thinfer`,
          style: siteStyle,
          sections: html`${headMarkup(path, { kicker: html`<b>${name}</b> · compared`, title, findings: findings.slice(1) })}
${contentsMarkup(sections)}
${sectionsMarkup(sections)}
${sourcesMarkup(datasets)}
${definitionsOf(sections)}`,
          versions,
          madeAt,
        }),
    },
  ];
}

function partiesOf(
  datasets: readonly Dataset[],
  at: Party['at'],
  labelOf: (dataset: Dataset) => string,
): Party[] {
  const byLabel = Map.groupBy(datasets, labelOf);
  return datasets
    .map((dataset) => {
      const plain = labelOf(dataset);
      const label = byLabel.get(plain)!.length === 1 ? plain : `${plain} (${originOf(dataset)})`;
      return { dataset, label, at, cells: curveCells(contextOf(dataset, null)) };
    })
    .filter(({ cells }) => cells.length > 0);
}

/** Tells datasets of one place and size apart: tables of one name by their folders, models of one name by the folder of their page. */
const originOf = ({ provenance, key }: Dataset): string =>
  provenance.kind === 'published' ? shortFile(provenance.files[0]!) : key;

interface SectionInput {
  readonly id: string;
  readonly heading: string;
  readonly parties: readonly Party[];
  readonly stem: string;
  readonly name: string;
  readonly part: number;
}

function sectionOf(input: SectionInput): Section {
  const { id, heading, parties, stem, name, part } = input;
  const batches = [...byBatch(parties.flatMap(({ cells }) => cells)).keys()].filter(
    (batch) => parties.filter(({ cells }) => cells.some((cell) => cell.batch === batch)).length > 1,
  );
  const instances = instancesSubsection(id, parties, {
    stem: part === 1 ? stem : `${stem}-${part}`,
    name,
    foot: sourcesOf(parties),
  });
  return {
    id,
    heading,
    intro: ratioTable(parties),
    subsections: [
      {
        id: `${id}-latency`,
        heading: 'Latency Per Batch',
        figures: batches.map((batch) => batchFigure(input, batch)),
      },
      ...(instances === null ? [] : [instances]),
    ],
  };
}

function batchFigure({ parties, stem, name, part }: SectionInput, batch: number): SiteFigure {
  const sets = parties.map(({ label, at, cells }, index) => ({
    label,
    at,
    color: valuePaint(index),
    cells: cells.filter((cell) => cell.batch === batch),
  }));
  const all = sets.flatMap(({ cells }) => cells);
  const ranked = sets
    .filter(({ cells }) => cells.length > 0)
    .map(({ label, at, cells }) => ({ label, at, best: fastest(trustedOf(cells)) }))
    .sort((a, b) => a.best.latency.ms - b.best.latency.ms);
  const [first, last] = [ranked[0]!, ranked.at(-1)!];
  const ratio = last.best.latency.ms / first.best.latency.ms;
  return lineFigure({
    file: `${stem}-latency-${part === 1 ? '' : `${part}-`}${batch}`,
    alt: `${name} Latency compared BS=${batch}`,
    title: `Batch ${batch} takes least ${first.at} ${first.label}: ${formatMs(first.best.latency.ms)} with ${threadsWords(first.best.threads)}, ${formatRatio(ratio)} times as fast as ${last.at} ${last.label}`,
    subtitle: `${latencyWords(all)}, over threads${barWords(all)}; each at its usual settings`,
    foot: sourcesOf(parties),
    definition: 'latency',
    by: { column: 'dataset', words: 'measured' },
    x: threadsAxis,
    y: { column: 'latency_ms', words: 'latency, ms' },
    format: formatMs,
    ideal: 'halves',
    lines: sets.map(({ label, color, cells }) => ({
      name: label,
      label,
      color,
      points: pointsOf(cells, latencyMeasure),
    })),
  });
}

const sourcesOf = (parties: readonly Party[]): string =>
  `Source: ${[...new Set(parties.map(({ dataset }) => sourceOf(dataset)))].join('; ')}`;

function sourceOf({ provenance }: Dataset): string {
  return provenance.kind === 'published'
    ? `${shortFile(provenance.files[0]!)}, as published`
    : `measured by thinfer, ${provenance.until.slice(0, 10)}`;
}

/** Each dataset with a link to its page, its settings and its source: what may differ beside what is compared. */
function sourcesMarkup(datasets: readonly Dataset[]): Markup {
  const rows = datasets.map((dataset) => {
    const { usual } = contextOf(dataset, null).choice;
    const settings = Object.entries(usual)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${settingWords[name as keyof typeof usual]} ${value}`);
    return [
      `${whereOf(dataset)}${sizeText(dataset.dims) === '' ? '' : `, ${sizeText(dataset.dims)}`}`,
      html`<a href="${dataset.key}/index.html">its page</a>: ${settings.join(', ')}. ${capital(sourceOf(dataset))}.`,
    ] as const;
  });
  return html`<section id="measured" class="what"><h2>What Is Compared</h2>${definitionList(rows)}</section>`;
}
