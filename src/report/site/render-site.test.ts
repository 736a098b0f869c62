/** Pages of machines and models whose names are alike. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sitePoint } from '../../../test/support/site-points.ts';
import {
  type Dataset,
  datasetsOfPoints,
  datasetsOfTables,
  type Grid,
  gridOfResults,
  type MeasuredPlace,
} from '../../dataset/index.ts';
import type { PointSettings } from '../../profile/index.ts';
import { parseTable } from '../../table/index.ts';
import { planSite } from './render-site.ts';
import { figuresOf } from './site-figure.ts';
import { folderOf, type SitePage } from './site-page.ts';

const cpu = 'AMD EPYC';

/** Two numbers of threads at each of some lengths, on a machine of so many cores. */
function placesOn(cores: number, slower: number, lengths: readonly number[], model?: string) {
  const name = model === undefined ? {} : { model: { name: model, contentHash: model } };
  return lengths.flatMap((sequence) =>
    [1, 2].map((threads): MeasuredPlace => {
      const settings: Partial<PointSettings> = { cpuModel: cpu, topology: `${cores}`.repeat(8), ...name };
      const medianMs = (slower * sequence) / threads;
      return {
        point: sitePoint({ ...settings, threads, dims: { sequence }, medianMs }),
        machine: { usable: Array.from({ length: cores }, (_, core) => core) },
        versions: {},
      };
    }),
  );
}

const plan = (datasets: readonly Dataset[], grids: readonly Grid[] = []): SitePage[] =>
  planSite({ datasets, grids, price: null, only: null });

const comparisonsOf = (datasets: readonly Dataset[]): SitePage[] =>
  plan(datasets).filter(({ kind }) => kind === 'comparison');

/** Fails where two files of a site have one name. */
function assertDistinctFiles(pages: readonly SitePage[]): void {
  const names = pages.flatMap((page) => [
    page.path,
    ...page.files.map(({ name }) => `${folderOf(page)}${name}`),
    ...figuresOf(page.sections).map(({ file }) => `${folderOf(page)}${file}.svg`),
  ]);
  assert.equal(new Set(names).size, names.length);
}

const tableOf = (file: string, ms: number, model = 'm') => ({
  name: file,
  file,
  table: parseTable(
    `benchmark,topology,intraop_threads,batch_size,latency(min),latency(avg),latency(max)\n${model}_manual_a,sequential,1,4,${ms},${ms},${ms}\n`,
    file,
  ),
});

describe('machines and tables of one name', () => {
  it('are compared under other names, and sizes on one machine only', () => {
    const [page] = comparisonsOf(
      datasetsOfPoints([...placesOn(2, 10, [32, 128]), ...placesOn(8, 1, [32, 128])]),
    );
    assert.deepEqual(
      page!.sections.map(({ heading }) => heading),
      [
        'Machines And Experiments At sequence 32',
        'Machines And Experiments At sequence 128',
        'Sizes On AMD EPYC, 2 cores',
        'Sizes On AMD EPYC, 8 cores',
      ],
    );
    assert.match(page!.sentence, / is 10\.0 times as fast on AMD EPYC, 8 cores as on AMD EPYC, 2 cores,/);
    const [, , sizes] = page!.sections;
    assert.deepEqual(
      [...new Set(figuresOf([sizes!])[0]!.rows.map(([name]) => name))],
      ['sequence 32', 'sequence 128'],
    );
  });

  it('are told apart by their folders where a table is all that is known', () => {
    const [page] = comparisonsOf(
      datasetsOfTables([tableOf('/data/old/results.csv', 9), tableOf('/data/new/results.csv', 3)]),
    );
    assert.match(
      page!.sentence,
      /fast on results \(\/data\/new\/results\.csv\) as on results \(\/data\/old\/results\.csv\)/,
    );
  });
});

describe('models of almost one name', () => {
  it('have comparisons and charts of their own', () => {
    const models = ['my_model.onnx', 'my-model.onnx'];
    const pages = comparisonsOf(
      models.flatMap((model) => datasetsOfPoints(placesOn(2, 1, [32, 128], model))),
    );
    assert.deepEqual(
      pages.map(({ path }) => path),
      ['comparison-my-model.onnx.html', 'comparison-my-model.onnx-2.html'],
    );
    assertDistinctFiles(pages);
    const [, second] = pages;
    for (const { id, file } of figuresOf(second!.sections)) {
      assert.equal(id, file);
      assert.match(file, /^comparison-my-model\.onnx-2-/);
    }
  });

  it('have charts of their own on the page of a grid', () => {
    const measure = (quantity: string, value: number) => ({
      quantity,
      statistic: 'average',
      value,
      column: '',
    });
    const grid = gridOfResults({
      name: '24-inference-card.csv',
      file: '24-inference-card.csv',
      columns: [],
      rateUnit: 'sent/s',
      notices: [],
      rows: ['BERT-Base', 'BERT Base'].map((model, index) => ({
        line: index + 2,
        dimensions: { model, sequence: 128, batch: 8, precision: 'fp16' },
        measures: [measure('throughput', 9), measure('latency', 3)],
      })),
    });
    const [page] = plan([], [grid!]);
    assertDistinctFiles([page!]);
    const html = page!.render({ versions: {}, madeAt: '2026-01-01T00:00:00.000Z' });
    for (const file of ['bert-base-sequence-128-throughput', 'bert-base-sequence-128-throughput-2'])
      assert.ok(html.includes(`<figure id="${file}"`) && html.includes(`href="${file}.svg"`), file);
  });

  it('have folders of their own, also where an experiment is called as a page of further charts', () => {
    const pages = plan(
      datasetsOfTables(
        ['try', 'try-further'].flatMap((experiment) => [
          tableOf(`m/box/${experiment}/m_latency.csv`, 9),
          tableOf(`m/box/${experiment}/other_latency.csv`, 3),
        ]),
      ).map((dataset) => {
        const [cell] = dataset.cells;
        return { ...dataset, flopsPerItem: 1e9, cells: [cell!, { ...cell!, threads: 2 }] };
      }),
    );
    assert.ok(pages.some(({ kind }) => kind === 'further'));
    assertDistinctFiles(pages);
  });
});
