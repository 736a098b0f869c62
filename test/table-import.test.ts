/** `thinfer import` through the real command: what is stored, printed and refused, and that nothing is left half done. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openTable } from '../src/store/index.ts';
import { migrations } from '../src/store/schema.ts';
import { selectSeries, type TableSummary } from '../src/table/index.ts';
import { type Ended, startThinfer, thinfer } from './support/command.ts';
import { databaseFile, query } from './support/database.ts';
import { processTest, type Scratch, sleep } from './support/process-test.ts';

const published = resolve(import.meta.dirname, 'data/packrat');
const bert = join(published, 'bert/cloudlab/large-batches/bert_latency.csv');
const resnet = join(published, 'resnet/cloudlab/pytorch-granular/resnet_latency.csv');

const refused = ({ status, stdout, stderr }: Ended, text: RegExp): void => {
  assert.equal(status, 2, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, text);
  assert.doesNotMatch(stderr, /This is a bug|\n {4}at /);
};

interface Imported {
  readonly tables: readonly (TableSummary & { readonly name: string; readonly state: string })[];
}
type Listed = readonly { readonly name: string; readonly importedAt: string }[];

async function json<T = Imported>(scratch: Scratch, ...words: string[]): Promise<T> {
  const { status, stdout, stderr } = await thinfer(scratch, ['import', ...words, '--json']);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const stored = ({ folder }: Scratch): Record<string, unknown>[] =>
  query(databaseFile({ folder } as Scratch), 'SELECT * FROM published_table ORDER BY name');

/** Names of the fields that docs/json.md gives a type. */
function documented(type: string): string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../docs/json.md'), 'utf8');
  const section = new RegExp(`^### ${type}\\n([\\s\\S]*?)(?:^##|$(?![\\s\\S]))`, 'm').exec(text)![1]!;
  return [...section.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1]!).sort();
}
const fieldsOf = (value: object): string[] => Object.keys(value).sort();

const withSets = [
  'benchmark,instance_id,intraop_threads,batch_size,latency(min),latency(avg),latency(max)',
  'bert,0,8,4,40,50,60', 'bert,1,8,4,45,54,66', 'bert,2,8,4,50,56,70', 'bert,1,16,8,30,40,50',
].join('\n'); // biome-ignore format: a table

processTest('published files are stored as they are, once, and found by name', async (scratch) => {
  const first = await json(scratch, bert, resnet);
  assert.deepEqual(
    first.tables.map(({ name, state, cells, series }) => [name, state, cells, series.length]),
    [
      ['bert_latency', 'stored', 528, 3],
      ['resnet_latency', 'stored', 592, 1],
    ],
  );
  const before = stored(scratch);
  const again = await json(scratch, bert);
  assert.equal(again.tables[0]!.state, 'unchanged');
  assert.deepEqual(stored(scratch), before);

  const project = dirname(databaseFile(scratch));
  const where = { benchmark: 'bert_manual_script', topology: 'sequential' };
  assert.deepEqual(
    selectSeries(openTable('bert_latency', project), where),
    selectSeries(openTable(bert, project), where),
  );
  const list = await json<Listed>(scratch, '--list');
  assert.deepEqual(
    list.map(({ importedAt, ...rest }) => rest),
    [
      { name: 'bert_latency', file: bert, series: 3, cells: 528 },
      { name: 'resnet_latency', file: resnet, series: 1, cells: 592 },
    ],
  );
});

processTest('plan --table takes the name of an imported table', async (scratch) => {
  await json(scratch, bert, '--where', 'benchmark=bert_manual_script', '--where', 'topology=sequential');
  const question = ['--cores', '16', '--items', '32', '--json'];
  const planned = await thinfer(scratch, ['plan', '--table', 'bert_latency', ...question]);
  assert.equal(planned.status, 0, planned.stderr);
  assert.deepEqual(JSON.parse(planned.stdout).best.groups, [{ instances: 4, threads: 4, batch: 8 }]);
  refused(await thinfer(scratch, ['plan', '--table', 'none', ...question]), /no imported table of this name/);
});

processTest('a name of another table is refused, and free again when that is removed', async (scratch) => {
  await json(scratch, bert, '--where', 'benchmark=bert_manual_script', '--where', 'topology=sequential');
  const before = stored(scratch);
  refused(await thinfer(scratch, ['import', bert]), /bert_latency: another table is stored.*\n.*--name/);
  assert.deepEqual(stored(scratch), before);
  refused(await thinfer(scratch, ['import', '--remove', 'nothing']), /no imported table.*\n.*bert_latency/);
  assert.deepEqual(await json<object>(scratch, '--remove', 'bert_latency'), { removed: 'bert_latency' });
  assert.equal((await json(scratch, bert)).tables[0]!.cells, 528);
  assert.equal((await json(scratch, bert, '--name', 'other bert')).tables[0]!.state, 'stored');
  const twice = await thinfer(scratch, [
    'import',
    bert,
    join(published, 'bert/skylake2x/large-batches/bert_latency.csv'),
  ]);
  refused(twice, /would be named bert_latency, as .*\n.*--name/);
});

processTest('a file wins over a table of its name; a folder does not', async (scratch) => {
  const { folder } = scratch;
  const project = dirname(databaseFile(scratch));
  await json(scratch, bert, '--name', 'mine');
  mkdirSync(join(folder, 'mine'));
  process.chdir(folder);
  try {
    assert.equal(openTable('mine', project).rows.length, 528);
    await json(scratch, bert, '--name', 'other');
    copyFileSync(resnet, 'other');
    assert.equal(openTable('other', project).rows.length, 592);
    assert.throws(() => openTable('none', project), /none: no such file, and no imported table/);
    assert.throws(() => openTable('none', join(folder, 'nowhere')), /no such file, and no imported table/);
    assert.ok(!existsSync(join(folder, 'nowhere')));
  } finally {
    process.chdir('/');
  }
});

processTest('--dry-run and a file that is refused leave nothing', async (scratch) => {
  assert.equal((await json(scratch, bert, '--dry-run')).tables[0]!.state, 'checked');
  writeFileSync(join(scratch.folder, 'bad.csv'), 'intraop_threads,batch_size,throughput\n1,1,0\n');
  const ended = await thinfer(scratch, ['import', bert, 'bad.csv', 'missing.csv']);
  refused(ended, /bad\.csv: line 2, throughput: "0" is not a number above 0\n.*missing\.csv: no such file\n/);
  assert.ok(!existsSync(databaseFile(scratch)));
});

processTest('sets stand beside what was predicted of them', async (scratch) => {
  writeFileSync(join(scratch.folder, 'sets.csv'), withSets);
  const [table] = (await json(scratch, 'sets.csv')).tables;
  const [series] = table!.series;
  assert.deepEqual(series!.sets, [
    {
      instances: 2, threads: 8, batch: 4, latencyMs: 56, perInstanceMs: [54, 56], predictedMs: 50,
      error: 56 / 50 - 1, line: 3,
    },
  ]); // biome-ignore format: one line less
  assert.equal(series!.medianError, 56 / 50 - 1);
  const { stdout } = await thinfer(scratch, ['import', 'sets.csv']);
  assert.match(stdout, /⟨2,8,4⟩ +56\.0 ms +50\.0 ms +\+12\.0 %/);
});

processTest('what is repaired and dropped is said on standard error', async (scratch) => {
  const rows = ['1,1,10,30,20', '1,1,10,30,20', '2,1,5,9,6'];
  const header = 'intraop_threads,batch_size,latency(min),latency(avg),latency(max)';
  writeFileSync(join(scratch.folder, 'new.csv'), [header, ...rows].join('\n'));
  const { status, stdout, stderr } = await thinfer(scratch, ['import', 'new.csv', '--json']);
  assert.equal(status, 0, stderr);
  const [{ repaired, dropped, notices }] = JSON.parse(stdout).tables;
  assert.deepEqual([repaired, dropped], [2, 1]);
  assert.equal(stderr, `${notices.join('\n')}\n`);
  const quiet = await thinfer(scratch, ['import', 'new.csv', '--quiet']);
  assert.equal(quiet.stderr, '');
});

processTest("thinfer's own export of a profile is a table of the same medians", async (scratch) => {
  const model = ['tiny', '--engine', 'null', '--items', '2'];
  const grid = ['--batches', '1,2', '--warmup', '1', '--iterations', '3', '--mode', 'together'];
  const profile = await thinfer(scratch, ['profile', ...model, ...grid, '--json']);
  assert.equal(profile.status, 0, profile.stderr);
  const report = await thinfer(scratch, ['report', ...model, '--json']);
  assert.equal(report.status, 0, report.stderr);
  await json(scratch, JSON.parse(report.stdout).csv, '--name', 'tiny');
  const { cells } = selectSeries(openTable('tiny', dirname(databaseFile(scratch))));
  const points: { settings: { threads: number; batch: number }; stats: { medianMs: number } }[] = JSON.parse(
    profile.stdout,
  ).points;
  const byCell = (cells: readonly (readonly [number, number, number])[]) => new Set(cells.map(String));
  assert.deepEqual(
    byCell(cells.map(({ threads, batch, latencyMs }) => [threads, batch, latencyMs])),
    byCell(points.map(({ settings, stats }) => [settings.threads, settings.batch, stats.medianMs])),
  );
});

processTest('words that make no sense are refused', async (scratch) => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /either CSV files, or a bundle, or --list, or --remove/],
    [[bert, '--list'], /either CSV files, or a bundle, or --list, or --remove/],
    [[bert, resnet, '--name', 'one'], /--name: one name for 2 files/],
    [[bert, '--name', '../x'], /--name: a name is/],
    [[bert, '--where', 'sequential'], /--where: "sequential" is not COLUMN=VALUE/],
    [[bert, '--where', 'topology=a', '--where', 'topology=b'], /topology can't be both "a" and "b"/],
    [[bert, '--where', 'topology=random'], /topology is nowhere "random"\n.*sequential or interleave/],
  ]; // biome-ignore format: a table
  for (const [words, text] of cases) refused(await thinfer(scratch, ['import', ...words]), text);
  assert.ok(!existsSync(databaseFile(scratch)));
});

processTest('a command that is killed leaves all of it or nothing', async (scratch) => {
  const files = Array.from({ length: 12 }, (_, index) => `table-${index}.csv`);
  for (const file of files) copyFileSync(bert, join(scratch.folder, file));
  for (const ms of [100, 200, 300, 400, 500, 700]) {
    const running = startThinfer(scratch, ['import', ...files]);
    await sleep(ms);
    running.process.kill('SIGKILL');
    await running.ended;
    const count = (await json<Listed>(scratch, '--list')).length;
    assert.ok(count === 0 || count === files.length, `${count} of ${files.length} after ${ms} ms`);
  }
  assert.equal((await json(scratch, ...files)).tables.length, files.length);
});

processTest('a database from before there were tables is brought up to date', async (scratch) => {
  const file = databaseFile(scratch);
  mkdirSync(dirname(file));
  const database = new DatabaseSync(file);
  database.exec(`${migrations[0]}; PRAGMA user_version = 1`);
  database.close();
  assert.deepEqual(await json<Listed>(scratch, '--list'), []);
  assert.equal((await json(scratch, bert)).tables[0]!.state, 'stored');
});

processTest('the JSON is what docs/json.md says', async (scratch) => {
  writeFileSync(join(scratch.folder, 'sets.csv'), withSets);
  const document = await json(scratch, 'sets.csv');
  assert.deepEqual(fieldsOf(document), documented('Import'));
  assert.deepEqual(fieldsOf(document.tables[0]!), documented('ImportedTable'));
  assert.deepEqual(fieldsOf(document.tables[0]!.series[0]!), documented('ImportedSeries'));
  assert.deepEqual(fieldsOf(document.tables[0]!.series[0]!.sets[0]!), documented('InstanceSet'));
  assert.deepEqual(fieldsOf((await json<Listed>(scratch, '--list'))[0]!), documented('StoredTable'));
  assert.deepEqual(fieldsOf(await json<object>(scratch, '--remove', 'sets')), documented('RemovedTable'));
});
