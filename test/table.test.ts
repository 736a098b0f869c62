/** Published tables: what is read, grouped, repaired and refused. */
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { ThinferError } from '../src/errors.ts';
import { reportCsv } from '../src/report/csv.ts';
import {
  describeSeries,
  parseTable,
  parseWhere,
  readTable,
  type Series,
  selectSeries,
  seriesOf,
} from '../src/table/index.ts';

const data = resolve(import.meta.dirname, 'data/packrat');
const work = mkdtempSync(join(tmpdir(), 'thinfer-table-'));
after(() => rmSync(work, { recursive: true, force: true }));

const header = 'benchmark,instance_id,intraop_threads,batch_size,latency(min),latency(avg),latency(max)';
const parse = (...rows: string[]) => parseTable([header, ...rows].join('\n'), 'table.csv');

/** What is thrown: its code, its lines, its remedy. */
function refusal(read: () => unknown): {
  readonly code: string;
  readonly lines: string[];
  readonly remedy: string;
} {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ThinferError, String(error));
    assert.ok(error.remedy !== undefined, `${error.message} has no remedy`);
    return { code: error.code, lines: error.message.split('\n'), remedy: error.remedy };
  }
  return assert.fail('it was accepted');
}

/** Cells by threads and batch, without the lines they stand in. */
function cellsOf({ cells, sets }: Series): unknown {
  const bare = <T extends { readonly line: number }>({ line, ...rest }: T) => rest;
  return { cells: cells.map(bare), sets: sets.map(bare) };
}

describe('published files', () => {
  const series: readonly (readonly [string, readonly string[], number])[] = [
    ['bert/cloudlab/large-batches/bert_latency.csv',
      ['benchmark=bert_manual_none,topology=sequential', 'benchmark=bert_manual_script,topology=sequential',
        'benchmark=bert_manual_script,topology=interleave'], 528],
    ['bert/cloudlab/pytorch-ht/bert_latency.csv', ['ht=false', 'ht=true'], 528],
    ['bert/skylake2x/large-batches/bert_latency.csv', ['topology=interleave', 'topology=sequential'], 396],
    ['resnet/cloudlab/large-batches/resnet_latency.csv',
      ['benchmark=resnet_manual_none,topology=sequential', 'benchmark=resnet_manual_script,topology=sequential',
        'benchmark=resnet_manual_script,topology=interleave'], 528],
    ['resnet/cloudlab/pytorch-granular/resnet_latency.csv',
      ['benchmark=resnet_manual_script,topology=sequential,pinning=numactl,source=torch,allocator=default,interop_threads=1'], 592],
  ]; // biome-ignore format: a table

  for (const [file, names, rows] of series)
    it(`${file} is read as it is`, () => {
      const table = readTable(join(data, file));
      assert.deepEqual(describeSeries(seriesOf(table)), names);
      assert.equal(
        seriesOf(table).reduce((sum, { cells }) => sum + cells.length, 0),
        rows,
      );
      assert.deepEqual([table.repaired, table.dropped, table.notices], [0, 0, []]);
    });

  it('are all in the list above', () =>
    assert.equal(globSync('**/*_latency.csv', { cwd: data }).length, series.length));

  it('give the numbers that stand in them, with their lines', () => {
    const table = readTable(join(data, 'bert/cloudlab/large-batches/bert_latency.csv'));
    const { cells, columns } = selectSeries(table, {
      benchmark: 'bert_manual_script',
      topology: 'sequential',
    });
    const cell = cells.find(({ threads, batch }) => threads === 8 && batch === 4);
    const lines = readFileSync(table.name, 'utf8').split('\n');
    const fields = lines[cell!.line - 1]!.split(',');
    assert.deepEqual(
      [...fields.slice(0, 2), ...fields.slice(7, 9)],
      ['bert_manual_script', 'sequential', '8', '4'],
    );
    assert.deepEqual([cell!.minMs, cell!.latencyMs, cell!.maxMs].map(String), fields.slice(9, 12));
    assert.deepEqual(columns, {
      benchmark: 'bert_manual_script', topology: 'sequential', pinning: 'numactl', source: 'torch',
      allocator: 'default', interop_threads: '1',
    }); // biome-ignore format: one line less
  });
});

describe('a table', () => {
  const positive = fc.double({ min: 1e-6, max: 1e7, noNaN: true, noDefaultInfinity: true });
  const cell = fc.record({
    benchmark: fc.constantFrom('bert', 'a,b', 'with "quotes"', 'Größe'),
    topology: fc.constantFrom('sequential', 'interleave'),
    instance_id: fc.integer({ min: 0, max: 3 }),
    intraop_threads: fc.integer({ min: 1, max: 64 }),
    batch_size: fc.integer({ min: 1, max: 4096 }),
    latencies: fc
      .array(positive, { minLength: 3, maxLength: 3 })
      .map((values) => values.sort((a, b) => a - b)),
  });
  const cells = fc.uniqueArray(cell, {
    minLength: 1,
    selector: ({ latencies, ...key }) => JSON.stringify(key),
  });
  type Cell = typeof cell extends fc.Arbitrary<infer T> ? T : never;
  const columns: readonly (readonly [string, (cell: Cell) => string | number])[] = [
    ['benchmark', (one) => `"${one.benchmark.replaceAll('"', '""')}"`],
    ['topology', (one) => one.topology],
    ['instance_id', (one) => one.instance_id],
    ['intraop_threads', (one) => one.intraop_threads],
    ['batch_size', (one) => one.batch_size],
    ['latency(min)', ({ latencies }) => latencies[0]!],
    ['latency(avg)', ({ latencies }) => latencies[1]!],
    ['latency(max)', ({ latencies }) => latencies[2]!],
  ];
  const write = (rows: readonly Cell[], order: typeof columns, end = '\n'): string =>
    [order.map(([name]) => name), ...rows.map((row) => order.map(([, value]) => value(row)))].join(end);
  const seriesByName = (text: string): Map<string, unknown> =>
    new Map(
      seriesOf(parseTable(text, 'table.csv')).map((series) => [
        `${series.columns['benchmark']} ${series.columns['topology']}`,
        cellsOf(series),
      ]),
    );

  it('that is written and read is the same', () => {
    fc.assert(
      fc.property(cells, (rows) => {
        const table = parseTable(write(rows, columns), 'table.csv');
        assert.deepEqual(
          table.rows.map(({ line, description, instances, ...row }) => ({ ...description, ...row })),
          rows.map(({ latencies: [minMs, latencyMs, maxMs], ...row }) => ({
            benchmark: row.benchmark,
            topology: row.topology,
            instanceId: row.instance_id,
            threads: row.intraop_threads,
            batch: row.batch_size,
            latencyMs,
            minMs,
            maxMs,
          })),
        );
        assert.deepEqual(
          table.rows.map(({ line }) => line),
          rows.map((_, index) => index + 2),
        );
      }),
    );
  });

  it('gives the same series with shuffled rows and columns, with CRLF and a byte order mark', () => {
    const shuffledColumns = fc.shuffledSubarray([...columns], { minLength: columns.length });
    const shuffledRows = cells.chain((rows) =>
      fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
    );
    fc.assert(
      fc.property(shuffledRows, shuffledColumns, ([rows, shuffled], order) => {
        assert.deepEqual(
          seriesByName(`\uFEFF${write(shuffled, order, '\r\n')}\r\n\r\n`),
          seriesByName(write(rows, columns)),
        );
      }),
    );
  });

  it('of throughputs gives the latency of a batch', () => {
    const table = parseTable('intraop_threads,batch_size,throughput\n2,8,160\n', 'table.csv');
    const { columns: none, cells: found } = selectSeries(table);
    assert.deepEqual(none, {});
    assert.deepEqual(found, [
      { threads: 2, batch: 8, latencyMs: 50, minMs: null, maxMs: null, instances: 1, line: 2 },
    ]);
  });

  it('may have been written by a spreadsheet', () => {
    const [row] = parse(' bert , 1 , 16.0 , 8 , 1e1 , 20 , .3e2 ', '').rows;
    assert.deepEqual([row!.threads, row!.minMs, row!.latencyMs, row!.maxMs], [16, 10, 20, 30]);
  });
});

describe('the order of latency columns', () => {
  it('is repaired where min, max, avg fits every row', () => {
    const table = parse('bert,1,1,1,10,30,20', 'bert,1,2,1,5,9,6');
    assert.deepEqual(
      table.rows.map(({ minMs, latencyMs, maxMs }) => [minMs, latencyMs, maxMs]),
      [
        [10, 20, 30],
        [5, 6, 9],
      ],
    );
    assert.equal(table.repaired, 2);
    assert.deepEqual(table.notices, [
      "table.csv: latency(avg) and latency(max) stood in each other's column; swapped in 2 rows",
    ]);
  });

  it('is left alone where an average of equal numbers is a rounding error off', () => {
    assert.equal(parse('bert,1,1,1,0.3,0.30000000000000004,0.3').repaired, 0);
  });

  it('is refused, line by line, where neither order fits every row', () => {
    const { lines } = refusal(() => parse('bert,1,1,1,10,20,30', 'bert,1,2,1,7,6,9', 'bert,1,4,1,5,9,6'));
    assert.deepEqual(lines, [
      'table.csv: line 3: latency(avg) 6 is not between latency(min) 7 and latency(max) 9',
      'table.csv: line 4: latency(avg) 9 is not between latency(min) 5 and latency(max) 6',
    ]);
    const swapped = refusal(() => parse('bert,1,1,1,10,30,20', 'bert,1,2,1,5,9,6', 'bert,1,4,1,5,6,9'));
    assert.equal(swapped.lines.length, 1);
    assert.match(swapped.lines[0]!, /^table\.csv: line 4: latency\(max\) 9 is not between .* the other rows/);
  });
});

describe('rows that differ only in instance_id', () => {
  it('are a set, as slow as its slowest, against the lone run of the same cell', () => {
    const { sets, cells } = selectSeries(
      parse('bert,2,4,8,50,60,70', 'bert,0,4,8,40,50,55', 'bert,1,4,8,45,58,66', 'bert,1,8,8,20,30,40'),
    );
    assert.deepEqual(sets, [
      {
        instances: 2, threads: 4, batch: 8, latencyMs: 60, perInstanceMs: [58, 60], predictedMs: 50,
        error: 60 / 50 - 1, line: 2,
      },
    ]); // biome-ignore format: one line less
    assert.deepEqual(
      cells.map(({ threads, latencyMs, instances }) => [threads, latencyMs, instances]),
      [
        [4, 50, 1],
        [8, 30, 1],
      ],
    );
  });

  it('have no prediction without a lone run; the largest set gives the cell then', () => {
    const columns = `instances,${header}`;
    const rows = [
      '2,bert,1,4,8,50,60,70', '2,bert,2,4,8,50,61,70',
      '3,bert,1,4,8,50,62,71', '3,bert,2,4,8,49,64,70', '3,bert,3,4,8,50,63,70',
    ]; // biome-ignore format: a table
    const { sets, cells } = selectSeries(parseTable([columns, ...rows].join('\n'), 'table.csv'));
    assert.deepEqual(
      sets.map(({ instances, latencyMs, predictedMs, error }) => [instances, latencyMs, predictedMs, error]),
      [
        [2, 61, null, null],
        [3, 64, null, null],
      ],
    );
    assert.deepEqual(cells, [
      { threads: 4, batch: 8, latencyMs: 64, minMs: 49, maxMs: 71, instances: 3, line: 4 },
    ]);
  });

  it('are averaged where lone runs stand beside several sets', () => {
    const rows = ['2,bert,0,4,8,40,50,55', '4,bert,0,4,8,41,52,56'];
    const { cells } = selectSeries(parseTable([`instances,${header}`, ...rows].join('\n'), 'table.csv'));
    assert.deepEqual(cells, [
      { threads: 4, batch: 8, latencyMs: 51, minMs: 40, maxMs: 56, instances: 1, line: 2 },
    ]);
  });

  it('are refused where one of the set is missing', () => {
    const rows = [`instances,${header}`, '3,bert,1,4,8,50,60,70', '3,bert,3,4,8,50,60,71'];
    assert.deepEqual(refusal(() => parseTable(rows.join('\n'), 'table.csv')).lines, [
      'table.csv: line 2, instances: says 3, but 2 of them have a row',
    ]);
  });
});

describe("thinfer's own export", () => {
  const settings = {
    model: { name: 'tiny', contentHash: 'abc' }, mapping: 'sequential', hardwareThreads: false,
    engine: { name: 'null', version: '1' }, dims: {}, precision: 'as in the file', optimization: 'all',
    spinAfterRun: false, memoryPolicy: { mode: 'default' }, cpuModel: 'CPU, of "one" kind', topology: 'def', method: 1,
    threads: 1, batch: 2,
  }; // biome-ignore format: one line less
  const stats = {
    count: 9, medianMs: 4, interval: [3, 5], meanMs: 4.5, minMs: 3, maxMs: 8, p90Ms: 7, p99Ms: 8, slowestMs: 5,
  }; // biome-ignore format: one line less
  const point = (mode: string, cores: number, rest: object) => ({
    state: 'measured', hash: 'h', replicas: 1, stats, verdict: { trusted: true, disturbances: [], visits: 3, visitsLeftOut: 0 },
    memory: { rssBytes: 1, pssBytes: null }, measuredAt: '2026-01-01', settings: { ...settings, mode, cores }, ...rest,
  }); // biome-ignore format: one line less
  const failed = { state: 'failed', failure: 'out-of-memory', message: 'too large', stats: undefined };
  const points = [
    point('together', 4, {}),
    point('alone', 1, { stats: { ...stats, medianMs: 3.5 } }),
    point('together', 4, { settings: { ...settings, mode: 'together', cores: 4, batch: 64 }, ...failed }),
  ] as unknown as Parameters<typeof reportCsv>[0]['points'];
  const table = parseTable(reportCsv({ points }), 'tiny.csv');

  it('is a table of medians, together unless alone is asked for', () => {
    const { cells, columns } = selectSeries(table);
    assert.equal(columns['mode'], 'together');
    assert.equal(columns['cpu_model'], settings.cpuModel);
    assert.deepEqual(cells, [
      {
        ...{ threads: 1, batch: 2, latencyMs: 4, minMs: 3, maxMs: 8, instances: 1, line: 2 },
        ...{ interval: [3, 5], memoryBytes: 1 },
      },
    ]);
    assert.equal(selectSeries(table, { mode: 'alone' }).cells[0]!.latencyMs, 3.5);
  });

  it('leaves points that failed out, and says so', () => {
    assert.equal(table.skipped, 1);
    assert.deepEqual(table.notices, ['tiny.csv: 1 row left out that hold no measurement']);
  });
});

describe('a file is refused', () => {
  const file = (name: string, bytes: string | Uint8Array): string => {
    const path = join(work, name);
    writeFileSync(path, bytes);
    return path;
  };
  const cases: readonly (readonly [string, () => string, string, RegExp])[] = [
    ['that is missing', () => join(work, 'none.csv'), 'not-found', /none\.csv: no such file/],
    ['that is a folder', () => work, 'not-found', /is a folder/],
    ['that is empty', () => file('empty.csv', ''), 'store-invalid', /empty\.csv: is empty/],
    ['with a header only', () => file('header.csv', `${header}\n`), 'store-invalid', /has no measured rows/],
    ['that is binary', () => file('a.gz', Uint8Array.of(31, 139, 8, 0, 255)), 'store-invalid', /no text in UTF-8/],
    ['in UTF-16', () => file('b.csv', Buffer.from(header, 'utf16le')), 'store-invalid', /no text in UTF-8/],
    ['with other separators', () => file('c.csv', header.replaceAll(',', ';')), 'store-invalid', /separated by ";"/],
    ['with an open quote', () => file('d.csv', `${header}\n"bert,1,1,1,1,1,1\nx\n`), 'store-invalid', /d\.csv: line 2: a quote is opened/],
    ['with text behind a quote', () => file('e.csv', `${header}\n"be"rt,1,1,1,1,1,1\n`), 'store-invalid', /e\.csv: line 2: a value goes on/],
  ]; // biome-ignore format: a table
  for (const [name, path, code, text] of cases)
    it(name, () => {
      const refused = refusal(() => readTable(path()));
      assert.equal(refused.code, code);
      assert.match(refused.lines[0]!, text);
    });
});

describe('a header is refused', () => {
  const lines = (columns: string): string[] =>
    refusal(() => parseTable(`${columns}\n1,1,1\n`, 'table.csv')).lines;
  it('with columns that nobody knows, the nearest named', () => {
    assert.deepEqual(lines('intraop_thread,batch_size,latency(mean)'), [
      'table.csv: line 1: no column of this name is known: "intraop_thread"; did you mean intraop_threads?',
      'table.csv: line 1: no column of this name is known: "latency(mean)"; did you mean latency(min)?',
    ]);
  });
  it('with a column that stands there twice', () => {
    assert.deepEqual(lines('batch_size,batch_size,throughput'), [
      'table.csv: line 1, batch_size: stands in the header twice',
    ]);
  });
  it('without threads, batch or latency', () => {
    assert.deepEqual(lines('benchmark,topology,pinning'), [
      'table.csv: line 1, intraop_threads: this column is missing',
      'table.csv: line 1, batch_size: this column is missing',
      'table.csv: line 1: neither latency(avg) nor throughput is among the columns',
    ]);
  });
});

describe('rows are refused', () => {
  it('with every problem by line and column', () => {
    const { code, lines } = refusal(() =>
      parse(
        'bert,1,,1,1,2,3',
        'bert,1,1.5,0,1,2,3',
        'bert,1,-1,1,1,NaN,3',
        'bert,x,1,1,0,-2,inf',
        'bert,1,1,1',
        ',1,9000,1,1,2,0x10',
        'bert,1,1,1,1,2,3',
        'bert,1,1,1,1,2,4',
      ),
    );
    assert.equal(code, 'store-invalid');
    assert.deepEqual(lines, [
      'table.csv: line 2, intraop_threads: the value is missing',
      'table.csv: line 3, intraop_threads: "1.5" is not a whole number from 1 to 8192',
      'table.csv: line 3, batch_size: "0" is not a whole number from 1',
      'table.csv: line 4, intraop_threads: "-1" is not a whole number from 1 to 8192',
      'table.csv: line 4, latency(avg): "NaN" is not a number above 0',
      'table.csv: line 5, instance_id: "x" is not a whole number from 0',
      'table.csv: line 5, latency(avg): "-2" is not a number above 0',
      'table.csv: line 5, latency(min): "0" is not a number above 0',
      'table.csv: line 5, latency(max): "inf" is not a number above 0',
      'table.csv: line 6: has 4 values where the header has 7 columns',
      'table.csv: line 7, intraop_threads: "9000" is not a whole number from 1 to 8192',
      'table.csv: line 7, latency(max): "0x10" is not a number above 0',
      'table.csv: line 7, benchmark: the value is missing',
      'table.csv: line 9: measures the same cell as line 8 (1 threads at batch 1, instance 1) with another result',
    ]);
  });

  it('the first 20 problems listed, the rest counted', () => {
    const { lines } = refusal(() =>
      parse(...Array.from({ length: 33 }, (_, index) => `bert,1,${index},x,1,2,3`)),
    );
    assert.equal(lines.length, 21);
    assert.equal(lines[20], '… and 14 more');
  });

  it('but copies of a row are dropped, with a notice', () => {
    const table = parse('bert,1,1,1,1,2,3', 'bert,1,1,1,1,2,3', 'bert,1,2,1,1,2,3');
    assert.deepEqual([table.rows.length, table.dropped], [2, 1]);
    assert.deepEqual(table.notices, ['table.csv: 1 row left out that repeat another word for word']);
  });
});

describe('whatever text comes', () => {
  const valid = readFileSync(join(data, 'bert/skylake2x/large-batches/bert_latency.csv'), 'utf8').slice(
    0,
    2000,
  );
  const piece = fc.oneof(
    fc.constantFrom(
      '"',
      ',',
      '\n',
      '\r',
      '\0',
      ';',
      '-',
      '1e999',
      '1e-320',
      'NaN',
      '\uFEFF',
      '""',
      '__proto__',
    ),
    fc.string({ unit: 'binary' }),
  );
  const damaged = fc
    .array(fc.tuple(fc.nat(valid.length), fc.nat(20), piece), { maxLength: 6 })
    .map((edits) =>
      edits.reduce((text, [at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone), valid),
    );

  it('it is a table of finite latencies, or refused with a remedy', () => {
    const throughputs = damaged.map((text) =>
      text.replace('flops', 'throughput').replace('latency(avg)', 'flops'),
    );
    fc.assert(
      fc.property(fc.oneof(damaged, throughputs, fc.string({ unit: 'binary' })), (text) => {
        try {
          for (const { cells } of seriesOf(parseTable(text, 'table.csv')))
            assert.ok(cells.every(({ latencyMs }) => latencyMs > 0 && Number.isFinite(latencyMs)));
        } catch (error) {
          assert.ok(error instanceof ThinferError && error.code === 'store-invalid', String(error));
          assert.ok(error.remedy !== undefined && error.message.startsWith('table.csv: '));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a filter', () => {
  const table = parseTable(
    'benchmark,topology,interop_threads,intraop_threads,batch_size,latency(avg)\n' +
      'a,sequential,1,1,1,5\na,interleave,1,1,1,6\nb,sequential,1,1,1,7\nb,sequential,2,1,1,8\n',
    'table.csv',
  );
  it('is written as COLUMN=VALUE, also with commas in a value', () => {
    assert.deepEqual(parseWhere(['a=1, b= x y', 'cpu_model=Intel, at 2=GHz,ht=,a=1']), {
      a: '1', b: 'x y', cpu_model: 'Intel, at 2=GHz', ht: '',
    }); // biome-ignore format: one line less
    assert.deepEqual(Object.keys(parseWhere(['__proto__=1', 'constructor=2'])), ['__proto__', 'constructor']);
    assert.deepEqual(refusal(() => parseWhere(['a', '=b', 'c=1,c=2'])).lines, [
      '--where: "a" is not COLUMN=VALUE',
      '--where: "=b" is not COLUMN=VALUE',
      '--where: c can\'t be both "1" and "2"',
    ]);
  });

  it('compares numbers as numbers', () => {
    assert.equal(selectSeries(table, { benchmark: 'b', interop_threads: '2.0' }).cells[0]!.latencyMs, 8);
  });

  const cases: readonly (readonly [string, Record<string, string>, readonly string[], RegExp])[] = [
    ['that leaves several series names what tells them apart', { benchmark: 'b' },
      ['table.csv: 2 series are left:', 'interop_threads=1', 'interop_threads=2'], /--where/],
    ['of an unknown column names the nearest, and those there are', { topologie: 'sequential' },
      ['table.csv: there is no column "topologie" to choose by; did you mean topology?'], /benchmark, topology, interop_threads/],
    ['of a value that does not occur lists those that do', { topology: 'random', benchmark: 'c' },
      ['table.csv: topology is nowhere "random"', 'table.csv: benchmark is nowhere "c"'],
      /topology is sequential or interleave; benchmark is a or b/],
    ['that leaves nothing lists the series', { benchmark: 'b', topology: 'interleave' },
      ['table.csv: no series has benchmark=b,topology=interleave'], /benchmark=a,topology=sequential,interop_threads=1; /],
  ]; // biome-ignore format: a table
  for (const [name, where, expected, remedy] of cases)
    it(name, () => {
      const refused = refusal(() => selectSeries(table, where));
      assert.equal(refused.code, 'usage');
      assert.deepEqual(refused.lines, expected);
      assert.match(refused.remedy, remedy);
    });
});
