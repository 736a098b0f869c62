import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  siteContext as contextWith,
  rowsOf as figureRows,
  sitePoint as pointOf,
  siteFigures,
} from '../../../../test/support/site-points.ts';
import { datasetsOfPoints } from '../../../dataset/index.ts';
import { stopsAt } from '../analysis.ts';
import { comparisonPages } from '../comparison-page.ts';
import { findings, headline } from '../findings.ts';
import { contextOf, curveCells, type PageContext } from '../page-context.ts';
import { figuresOf } from '../site-figure.ts';
import { hardwareThreadPairs } from './hardware-threads.ts';

const rowsOf = (context: PageContext, end: string) => figureRows(siteFigures(context), end);

describe('sections of a page', () => {
  it('say where scaling stops: where no more threads gain 5 %', () => {
    const times = [100, 60, 58, 57, 56.9];
    const context = contextWith(times.map((medianMs, index) => ({ threads: index + 1, medianMs })));
    // From 2 threads on the best is 56.9 ms, 5.2 % less than 60; from 3 on 1.9 % less than 58.
    assert.equal(stopsAt(curveCells(context)), 3);
    assert.match(
      headline(context),
      /does at most 17\.6 items\/s, with 5 threads at batch 1, and stops scaling at 3 threads$/,
    );
  });

  it('compare hardware threads in both senses', () => {
    const off = [10, 6, 4].map((medianMs, index) => ({ threads: 2 ** index, medianMs }));
    const on = [8, 5].map((medianMs, index) => ({
      threads: 2 ** (index + 1),
      medianMs,
      hardwareThreads: true,
    }));
    const context = contextWith([...off, ...on]);
    const machine = { ...context.dataset.machine, threadsPerCore: 2 };
    const known = contextOf({ ...context.dataset, machine }, null);
    const pairs = hardwareThreadPairs(known)!;
    assert.deepEqual(
      pairs.sameThreads.map(({ base, other }) => [base.latency.ms, other.latency.ms]),
      [
        [6, 8],
        [4, 5],
      ],
    );
    assert.deepEqual(
      pairs.sameCores.map(({ base, other }) => [base.latency.ms, other.latency.ms]),
      [
        [10, 8],
        [6, 5],
      ],
    );
    assert.deepEqual(rowsOf(known, 'ht-same-cores'), [
      ['1', 1, -20],
      ['1', 2, -16.6667],
    ]);
    assert.ok(findings(known).some((sentence) => /^Physical cores alone win 2 of 2 cells/.test(sentence)));
  });

  it('give GFLOP/s, their share of the peak, and the price of a million items', () => {
    const context = contextWith(
      [
        { threads: 1, batch: 4, medianMs: 40 },
        { threads: 2, batch: 4, medianMs: 25 },
      ],
      {
        perHour: 3.6,
        cores: 10,
      },
    );
    assert.deepEqual(rowsOf(context, '-gflops'), [
      ['4', 1, 200],
      ['4', 2, 320],
    ]);
    assert.deepEqual(rowsOf(context, '-gflops-share'), [['4', 1, 50]]);
    // 0.36 a core and hour is 0.0001 a second: 10,000 s of one core for a million items at 100 a second; 6,250 s of two.
    assert.deepEqual(rowsOf(context, '-price'), [
      ['4', 1, 1],
      ['4', 2, 1.25],
    ]);
  });

  it('bring instances that share cores and items together', () => {
    const together = { mode: 'together', cores: 4 } as const;
    const context = contextWith([
      { ...together, threads: 4, batch: 8, medianMs: 30 },
      { ...together, threads: 2, batch: 4, medianMs: 20, replicas: 2 },
      { ...together, threads: 1, batch: 2, medianMs: 25, replicas: 4 },
      { threads: 1, medianMs: 9 },
      { threads: 2, medianMs: 6 },
    ]);
    assert.deepEqual(rowsOf(context, 'latency-instances-4'), [
      ['8', 1, 30],
      ['8', 2, 22],
      ['8', 4, 27.5],
    ]);
  });

  it('take no instances that ran beside smaller ones', () => {
    const together = { mode: 'together', cores: 4 } as const;
    const context = contextWith([
      { threads: 4, batch: 8, medianMs: 40 },
      { ...together, threads: 4, batch: 8, medianMs: 30 },
      { ...together, threads: 2, batch: 4, medianMs: 20, replicas: 2 },
      // One of 4 threads fits on 6 cores; another of 2 runs beside it.
      { ...together, cores: 6, threads: 4, batch: 8, medianMs: 60 },
    ]);
    assert.deepEqual(rowsOf(context, 'latency-instances-4'), [
      ['8', 1, 30],
      ['8', 2, 22],
    ]);
  });

  it('give no share of the peak of fp32 to other precisions', () => {
    const files = (precision: string): string[] =>
      siteFigures(contextWith([{ threads: 1, medianMs: 10, precision }])).map(({ file }) => file);
    assert.ok(files('as in the file').some((file) => file.endsWith('-gflops-share')));
    assert.ok(files('int8 dynamic').some((file) => file.endsWith('-gflops')));
    assert.ok(!files('int8 dynamic').some((file) => file.endsWith('-gflops-share')));
  });

  it('bring them together for each length on the page of a comparison, and which number is best', () => {
    const together = { mode: 'together', cores: 4 } as const;
    const times = { 32: [30, 20, 25], 128: [90, 110, 100] };
    const places = Object.entries(times).flatMap(([sequence, ms]) =>
      [1, 2, 4].map((replicas, index) => ({
        point: pointOf({
          ...together,
          threads: 4 / replicas,
          batch: 8 / replicas,
          replicas,
          medianMs: ms[index]!,
          dims: { sequence: Number(sequence) },
        }),
        machine: {},
        versions: {},
      })),
    );
    const [page] = comparisonPages(datasetsOfPoints(places));
    const figures = figuresOf(page!.sections);
    const rows = (file: string) => figureRows(figures, file);
    assert.deepEqual(rows('-best-instances-4'), [
      ['8', 32, 2],
      ['8', 128, 1],
    ]);
    // The slowest of a set takes a tenth longer than the median.
    assert.deepEqual(rows('-latency-instances-4-8').slice(0, 3), [
      ['sequence 32', 1, 30],
      ['sequence 32', 2, 22],
      ['sequence 32', 4, 27.5],
    ]);
    assert.equal(
      figures.find(({ file }) => file.endsWith('-latency-instances-4-8'))!.title,
      '8 items on 4 cores take least with 2 instances at sequence 32, 1 at sequence 128',
    );
  });

  it('put the values of a setting side by side, the usual one first', () => {
    const context = contextWith([
      { threads: 1, medianMs: 10 },
      { threads: 2, medianMs: 6 },
      { threads: 2, medianMs: 5, allocator: 'jemalloc' },
    ]);
    assert.deepEqual(rowsOf(context, 'latency-allocator-1'), [
      ['glibc', 1, 10],
      ['glibc', 2, 6],
      ['jemalloc', 2, 5],
    ]);
    const title = (file: string): string =>
      siteFigures(context).find((figure) => figure.file.endsWith(file))!.title;
    assert.equal(
      title('latency-allocator-1'),
      'Batch 1 at 2 threads: allocator jemalloc is 1.20 times as fast as glibc',
    );
    assert.ok(
      findings(context).includes(
        'Allocator jemalloc takes 0.83 times as long as glibc in the median of 1 cell (0.83 to 0.83); the 95 % intervals are apart in all.',
      ),
    );
  });

  it('say which ratios are no more than noise', () => {
    const found = (...slower: readonly number[]): string =>
      findings(
        contextWith(
          slower.flatMap((factor, index) => [
            { threads: index + 1, medianMs: 10 },
            { threads: index + 1, medianMs: 10 * factor, allocator: 'jemalloc' },
          ]),
        ),
      ).find((sentence) => sentence.includes('llocator'))!;
    // Each median's interval reaches 1 % to both sides.
    assert.equal(
      found(1.01, 0.99),
      'No difference from the usual setting is shown, the 95 % intervals meet in each cell: allocator jemalloc 1.00 times as long in the median.',
    );
    const near = contextWith([
      { threads: 2, medianMs: 10 },
      { threads: 2, medianMs: 10.1, allocator: 'jemalloc' },
    ]);
    const [figure] = siteFigures(near).filter(({ file }) => file.includes('allocator'));
    assert.equal(
      figure!.title,
      'Batch 1 at 2 threads: no difference between allocator glibc and jemalloc is shown',
    );
    assert.match(found(1.01, 1.03, 1.5), /^Allocator jemalloc .*; the 95 % intervals are apart in 2 of 3\.$/);
  });
});
