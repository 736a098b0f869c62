/** The pages of Packrat's data have the sections and charts of the documents it was published in. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { datasetPages } from '../src/report/site/dataset-page.ts';
import { findings } from '../src/report/site/findings.ts';
import { figuresOf } from '../src/report/site/index.ts';
import type { Section } from '../src/report/site/site-figure.ts';
import { packratContext, packratDataset, packratFile } from './support/site.ts';

/** Headings and charts, one a line, as test/data/packrat/pages has them. */
function linesOf(sections: readonly Section[]): { text: string; alt: string | null }[] {
  return sections.flatMap(({ heading, subsections }) => [
    { text: `# ${heading}`, alt: null },
    ...subsections.flatMap((part) => [
      { text: `## ${part.heading}`, alt: null },
      ...part.figures.map(({ file, alt }) => ({ text: `${file}.png`, alt })),
    ]),
  ]);
}

/** What a picture is of beside model and measure: the documents' words for those are now and then another picture's. */
const subjectOf = (alt: string): string => /(BS=\d+|Opt=\w+|HT=\w+|per BS)$/i.exec(alt)?.[0] ?? alt;

const documents = [
  { page: 'bert-cloudlab-large-batches', model: 'bert', experiment: 'cloudlab/large-batches', charts: 70 },
  { page: 'bert-cloudlab-pytorch-ht', model: 'bert', experiment: 'cloudlab/pytorch-ht', charts: 26 },
  {
    page: 'resnet-cloudlab-pytorch-granular',
    model: 'resnet',
    experiment: 'cloudlab/pytorch-granular',
    charts: 78,
  },
] as const;

describe('the pages of published data', () => {
  for (const { page, model, experiment, charts } of documents)
    it(`${page}: the document’s sections, in its order, with its ${charts} charts`, () => {
      const [main] = datasetPages(packratDataset(experiment, model), { price: null, wants: () => true });
      assert.equal(main!.path, `${page}/index.html`);
      assert.equal(figuresOf(main!.sections).length, charts);
      const published = readFileSync(packratFile(`pages/${page}.txt`), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split('\t'));
      const ours = linesOf(main!.sections);
      assert.deepEqual(
        ours.map(({ text }) => text),
        published.map(([text]) => text),
      );
      assert.deepEqual(
        ours.map(({ alt }) => (alt === null ? null : subjectOf(alt))),
        published.map(([, alt]) => (alt === undefined ? null : subjectOf(alt))),
      );
    });

  it('have all values of the file, unrounded, in their charts', () => {
    const context = packratContext('cloudlab/large-batches', 'bert');
    const [main] = datasetPages(context.dataset, { price: null, wants: () => true });
    const figure = figuresOf(main!.sections).find(({ file }) => file === 'bert-throughput-16')!;
    const expected = readFileSync(packratFile('bert/cloudlab/large-batches/bert_throughput.csv'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','))
      .filter(([, topology, , , , , , , batch]) => topology === 'sequential' && batch === '16')
      .map((row) => [row[0]!.split('_')[2], Number(row[7]), Number(row[9])] as const);
    const drawn = figure.rows.map(([name, threads, value]) => [name, threads, value] as const);
    assert.equal(drawn.length, 32);
    for (const [name, threads, value] of expected) {
      const found = drawn.find(([other, at]) => other === name && at === threads);
      assert.ok(Math.abs(Number(found?.[2]) / value - 1) < 1e-12, `${name} ${threads}`);
    }
  });

  // The numbers were also computed by other means from the files.
  it('say what was found', () => {
    assert.deepEqual(findings(packratContext('cloudlab/large-batches', 'bert')), [
      'A batch of 1 takes 20.5 ms at least, with 13 threads.',
      'The best number of threads is 5.44 to 8.24 times as fast as one; beyond 11 threads at batch 1, and 15 at batch 1024, none gains 5 %.',
      'Interleaving threads over sockets saves 3.7 % latency in the median of 176 cells (−21 % to +12 %); most at 4 threads, batch 64.',
      'Optimization none takes 1.04 times as long as script in the median of 176 cells (0.95 to 1.27).',
    ]);
    const ht = findings(packratContext('cloudlab/pytorch-ht', 'bert'));
    assert.deepEqual(ht.slice(2), [
      'Physical cores alone win 88 of 88 cells (100 %): as many threads on half the cores take 71 % longer in the median.',
      'Twice the threads on the same cores take 1.5 % longer in the median, and are faster in 74 of 176 cells.',
    ]);
  });
});
