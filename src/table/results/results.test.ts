/** Published tables of results: headings of any author, numbers as printed, what is refused. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { ThinferError } from '../../errors.ts';
import { parseResults, recordsOf } from './index.ts';
import { parseHeading } from './parse-heading.ts';

const data = resolve(import.meta.dirname, '../../../test/data');

/** A heading in short: quantity, statistic, unit, precisions. */
function short(name: string): string {
  const { role, quantity, statistic, unit, parts, ratio } = parseHeading(name);
  const of =
    ratio === null
      ? parts.map(({ precision, label }) => precision ?? label).filter(Boolean)
      : [`${ratio.from.precision}→${ratio.to.precision}`];
  return [role, quantity, statistic, unit?.text, ...(role === 'dimension' && parts.length === 1 ? [] : of)]
    .filter(Boolean)
    .join(' ');
}

describe('headings', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Latency-90%(ms)', 'measure latency p90 ms'],
    ['P99 latency (ms)', 'measure latency p99 ms'],
    ['Latency 99% (ms)', 'measure latency p99 ms'],
    ['latency_p99.9_us', 'measure latency p99.9 µs'],
    ['95th percentile latency [s]', 'measure latency p95 s'],
    ['Latency-100%(ms)', 'measure latency max ms'],
    ['Avg latency', 'measure latency average'],
    ['latency (mean, ms)', 'measure latency average ms'],
    ['latency(min)', 'measure latency min'],
    ['Median response time in ms', 'measure latency p50 ms'],
    ['p99', 'measure latency p99'],
    ['Throughput-Average(sent/sec)', 'measure throughput average sent/s'],
    ['images/s', 'measure throughput images/s'],
    ['tokens/sec', 'measure throughput tokens/s'],
    ['Performance (sequences per second)', 'measure throughput sequences/s'],
    ['QPS', 'measure throughput qps'],
    ['Throughput - mixed precision', 'measure throughput mixed'],
    ['Throughput speedup (FP32 - mixed precision)', 'measure speed-up fp32→mixed'],
    ['Speed-up (TF32 to FP16)', 'measure speed-up tf32→fp16'],
    ['Speedup vs FP32', 'measure speed-up fp32→null'],
    ['Weak scaling -TF32', 'measure weak-scaling tf32'],
    ['Strong scaling', 'measure strong-scaling'],
    ['Scaling efficiency (%)', 'measure efficiency %'],
    ['Time to Train - TF32 (Hrs)', 'measure time-to-train h tf32'],
    ['Training time (min)', 'measure time-to-train min'],
    ['Final Loss', 'measure loss'],
    ['Accuracy - mixed precision', 'measure accuracy mixed'],
    ['F1', 'measure accuracy'],
    ['seed 10', 'seed seed'],
    ['Batch size / GPU: mixed precision, FP32', 'dimension batch mixed fp32'],
    ['Accumulation Steps: Phase1, Phase2', 'dimension accumulation phase1 phase2'],
    ['Global Batch Size', 'dimension global-batch'],
    ['batch', 'dimension batch'],
    ['BS', 'dimension batch'],
    ['max_seq_length', 'dimension sequence'],
    ['Num Nodes', 'dimension nodes'],
    ['Nodes x GPUs', 'dimension nodes-devices'],
    ['intraop_threads', 'dimension threads'],
    ['Precision', 'dimension precision'],
    ['DGX System', 'dimension system'],
    ['Weak scaling efficiency (%)', 'measure efficiency %'],
    ['Threads per instance', 'dimension threads'],
    ['GPUs per node', 'dimension devices'],
    ['Tokens/s/GPU', 'measure throughput tokens/s per device'],
    ['Performance per Watt (inf/s/W)', 'measure throughput inf/s per watt'],
    ['Throughput (K samples/s)', 'measure throughput k samples/s'],
    ['4 threads (items/s)', 'measure throughput items/s 4 threads'],
    ['Achieved TFLOP/s per GPU', 'measure flops tflop/s achieved per device'],
    ['Memory bandwidth (GB/s)', 'measure memory gb/s bandwidth'],
    ['Grad. acc. steps', 'dimension accumulation'],
    ['Global BS', 'dimension global-batch'],
    ['Tensor parallel', 'dimension tensor-parallel'],
    ['Concurrent users', 'dimension concurrency'],
    ['99% Line', 'measure latency p99'],
    ['Speedup std. error', 'measure speed-up error'],
    ['Top-1 acc (%) seed=42', 'seed seed'],
    ['wibble', 'unknown unknown wibble'],
  ]; // biome-ignore format: a table
  for (const [name, wanted] of cases) it(name, () => assert.equal(short(name), wanted));
});

describe('published tables', () => {
  it('are read, all 24 of them and the latency tables, without a column that is not understood', () => {
    const files = globSync('{nvidia,packrat}/**/*.csv', { cwd: data });
    assert.equal(files.length, 34);
    for (const file of files) {
      const table = parseResults(readFileSync(resolve(data, file), 'utf8'), basename(file));
      assert.deepEqual(
        table.columns.filter(({ role }) => role === 'unknown'),
        [],
        file,
      );
      assert.ok(recordsOf(table).length > 0, file);
    }
  });

  it('give records with dimensions and measures, of each precision', () => {
    const text = readFileSync(resolve(data, 'nvidia/10-training-pretraining-dgx1-16gb.csv'), 'utf8');
    const records = recordsOf(parseResults(text, 'table'));
    const one = records.find(({ line, dimensions }) => line === 2 && dimensions['precision'] === 'fp32')!;
    assert.deepEqual(one.dimensions, {
      devices: 1, sequence: 128, batch: 8, accumulation: 8192, 'global-batch': 65536, precision: 'fp32',
    }); // biome-ignore format: one line less
    assert.deepEqual(
      one.measures.map(({ quantity, value, text, unit }) => [quantity, value, text, unit]),
      [['throughput', 39.43, '39.43', 'items/s'], ['weak-scaling', 1, '1.00', null]],
    ); // biome-ignore format: one line less
    assert.equal(records.length, 18);
  });
});

const parse = (...lines: string[]) => parseResults(lines.join('\n'), 'table.csv');

describe('cells', () => {
  it('are converted to ms, hours and items/s', () => {
    const [record] = recordsOf(parse('model,p99 (us),Training time (min),images/min', 'a,1500,30,6000'));
    assert.deepEqual(
      record!.measures.map(({ value, unit }) => [value, unit]),
      [
        [1.5, 'ms'],
        [0.5, 'h'],
        [100, 'items/s'],
      ],
    );
  });

  it('may have units, thousands, two numbers or none', () => {
    const { rows } = parse(
      'GPUs,Batch size,Throughput - FP16,Speedup',
      '1,8,"1,234.5",3.41x',
      '2,16,n/a,OOM',
    );
    assert.deepEqual(rows[0]!.cells[2]!.numbers, [{ value: 1234.5, half: 0.05 }]);
    assert.deepEqual(rows[0]!.cells[3]!.numbers, [{ value: 3.41, half: 0.005 }]);
    assert.deepEqual(rows[1]!.cells[2]!.numbers, [null]);
    const split = parse('GPUs,"Batch size: FP16, FP32",throughput', '1,"64 , 32",5', '2,8,6');
    assert.deepEqual(
      split.rows.map(({ cells }) => cells[1]!.numbers.map((number) => number?.value)),
      [
        [64, 32],
        [8, 8],
      ],
    );
  });

  it('may have errors, which are not kept, and thousands of items', () => {
    const { rows } = parse('batch,throughput,latency (ms)', '1,3.2k,6.12 ± 0.06');
    assert.deepEqual(rows[0]!.cells.slice(1).map(({ numbers }) => numbers[0]), [
      { value: 3200, half: 50 }, { value: 6.12, half: 0.005 },
    ]); // biome-ignore format: one line less
  });

  it('of efficiencies in percent are shares, whether the heading says so or the cells do', () => {
    for (const [head, sign] of [['Scaling efficiency (%)', ''], ['Efficiency', '%'], ['Efficiency', ''], ['Scaling (%)', '']]) {
      const { columns } = parse(`GPUs,img/s,${head}`, `1,100,100.0${sign}`, `2,195,97.5${sign}`);
      assert.deepEqual([columns[2]!.quantity, columns[2]!.scale], ['efficiency', 0.01]);
    }
    const { columns } = parse('GPUs,img/s,Scaling (%)', '1,100,100', '2,195,195', '4,380,380');
    assert.equal(columns[2]!.quantity, 'scaling');
  }); // biome-ignore format: one line less

  it('of rows of averages are kept apart, and not where a column lists statistics', () => {
    const table = parse('model,latency (ms)', 'a,5', 'b,7', 'Average,6');
    assert.deepEqual(
      table.summaries.map(({ line, of, about }) => [line, of, about]),
      [[4, 'average', [0, 1]]],
    );
    assert.match(table.notices[0]!, /line 4, "Average", is taken for a summary/);
    const long = parse('statistic,latency (ms)', 'mean,5', 'p99,7', 'mean,6', 'p99,8');
    assert.equal(long.summaries.length, 0);
  });

  it('leave out rows that part blocks, and repeated headers', () => {
    const table = parse('batch,latency (ms)', '1,5', ',', 'batch,latency (ms)', '2,9');
    assert.deepEqual([table.rows.length, table.separators], [2, 2]);
  });
});

describe('what is refused', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['batch,thruput', '1,5'], /line 1: it holds numbers.*"thruput"; did you mean "throughput"\?/],
    [['model,batch', 'a,1'], /line 1: no column holds a measure/],
    [['batch,latency (ms)', '1,fast', '2,5', '4,7', '3'], /line 2, latency \(ms\): "fast" is not a number\n.*line 5: has 1 values/],
    [['batch,latency (ms)'], /has no rows of numbers/],
    [[''], /is empty/],
  ]; // biome-ignore format: a table
  for (const [lines, text] of cases)
    it(String(text), () =>
      assert.throws(
        () => parse(...lines),
        (error) =>
          error instanceof ThinferError && error.code === 'store-invalid' && text.test(error.message),
      ),
    );

  it('is kept unread where that is asked for', () => {
    const table = parseResults('batch,wibble,latency\n1,2,3', 'table.csv', { unknown: 'keep' });
    assert.deepEqual(table.notices, ['table.csv: "wibble" is not understood, and not checked']);
  });
});
