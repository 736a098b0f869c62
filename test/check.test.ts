/** `thinfer check` and the import of result tables through the real command: exit statuses, documents, refusals. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { allTables } from '../src/store/index.ts';
import { isResults, type ResultTable, recordsOf } from '../src/table/index.ts';
import { thinfer } from './support/command.ts';
import { databaseFile } from './support/database.ts';
import { processTest, type Scratch } from './support/process-test.ts';

const data = resolve(import.meta.dirname, 'data');
const nvidia = globSync(join(data, 'nvidia/*.csv')).sort();
const bert = join(data, 'packrat/bert/cloudlab/large-batches/bert_latency.csv');
const of = (number: string): string => nvidia.find((file) => file.includes(`/${number}-`))!;

interface Document {
  readonly tables: readonly { readonly name: string; readonly kind: string; readonly rows: number }[];
  readonly findings: readonly { readonly rule: string; readonly cells: readonly { readonly table: string; readonly line: number }[] }[];
  readonly notes: readonly unknown[];
  readonly impossible: number;
  readonly implausible: number;
} // biome-ignore format: one line a field

async function check(scratch: Scratch, wanted: number, ...words: string[]): Promise<Document> {
  const { status, stdout, stderr } = await thinfer(scratch, ['check', ...words, '--json']);
  assert.equal(status, wanted, stderr);
  return JSON.parse(stdout);
}

/** Fields that docs/json.md gives a type; those with `?` may be absent. */
function documented(type: string): string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../docs/json.md'), 'utf8');
  const section = new RegExp(`^### ${type}\\n([\\s\\S]*?)(?:^##|$(?![\\s\\S]))`, 'm').exec(text)![1]!;
  return [...section.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1]!).sort();
}
const fieldsOf = (value: object): string[] => Object.keys(value).sort();

/** Every table of results of a project folder, by name. */
const storedResults = (projectDir: string): ResultTable[] =>
  allTables(projectDir).flatMap(({ table }) => (isResults(table) ? table : []));

processTest('a page with slips ends with 1, and says where each is', async (scratch) => {
  const all = await check(scratch, 1, ...nvidia);
  assert.equal(all.tables.length, 24);
  assert.ok(new Set(all.findings.map(({ rule }) => rule)).size >= 6);
  assert.ok(all.findings.length > 10 && all.impossible + all.implausible === all.findings.length);
  const one = await check(scratch, 1, of('14'), '--rule', 'global-batch');
  assert.deepEqual(
    one.findings.map(({ cells: [first] }) => [first!.table, first!.line]),
    [2, 3, 4].map((line) => ['14-training-pretraining-dgx2-single-node.csv', line]),
  );
  const { status, stdout } = await thinfer(scratch, ['check', of('14'), '--rule', 'global-batch']);
  assert.equal(status, 1);
  assert.match(stdout, /^1 table, 1 rule: 3 findings, 3 impossible and 0 implausible\n/);
  assert.match(
    stdout,
    /line 2, "Gradient Accumulation.*\n {2}1 × 32 × 8,192 = 262,144, not 65,536\n {2}would fit: 2,048 for fp32/,
  );
});

processTest('a clean table ends with 0; latency tables are read as they stand', async (scratch) => {
  const clean = await check(scratch, 0, of('10'), bert);
  assert.deepEqual([clean.findings, clean.tables.map(({ kind }) => kind)], [[], ['results', 'results']]);
  const rows = [
    'intraop_threads,batch_size,latency(min),latency(avg),latency(max)',
    '1,1,10,9,30',
    '2,1,5,6,9',
  ];
  writeFileSync(join(scratch.folder, 'broken.csv'), rows.join('\n'));
  const broken = await check(scratch, 1, 'broken.csv');
  assert.deepEqual(
    broken.findings.map(({ rule, cells: [first] }) => [rule, first!.line]),
    [['order-of-statistics', 2]],
  );
});

processTest('result tables are imported, listed, checked by name and removed', async (scratch) => {
  const project = dirname(databaseFile(scratch));
  const dry = await thinfer(scratch, ['import', of('24'), '--dry-run']);
  assert.match(dry.stdout, /Latency-90%\(ms\) +measure +latency +p90 +ms/);
  assert.ok(!existsSync(databaseFile(scratch)));
  const imported = await thinfer(scratch, ['import', of('24'), of('14'), bert, '--json']);
  assert.equal(imported.status, 0, imported.stderr);
  const { tables } = JSON.parse(imported.stdout);
  assert.deepEqual(tables.map(({ kind, state }: { kind: string; state: string }) => [kind, state]), [
    ['results', 'stored'], ['results', 'stored'], ['latencies', 'stored'],
  ]); // biome-ignore format: one line less
  assert.deepEqual(fieldsOf(tables[0]), documented('ImportedResults'));
  assert.deepEqual(fieldsOf(tables[0].columns[0]), documented('RecognisedColumn'));
  const again = await thinfer(scratch, ['import', of('24'), '--json']);
  assert.equal(JSON.parse(again.stdout).tables[0].state, 'unchanged');
  const [, t4] = storedResults(project);
  assert.equal(recordsOf(t4!).length, 32);
  const listed = JSON.parse((await thinfer(scratch, ['import', '--list', '--json'])).stdout);
  assert.deepEqual(listed.map(({ kind, series }: { kind: string; series: number | null }) => [kind, series]), [
    ['results', null], ['results', null], ['latencies', 3],
  ]); // biome-ignore format: one line less
  const stored = await check(scratch, 1);
  assert.deepEqual(
    stored.tables.map(({ kind }) => kind),
    ['results', 'results', 'latencies'],
  );
  assert.ok(stored.findings.length >= 5);
  await check(scratch, 0, 'bert_latency');
  const plan = await thinfer(scratch, ['plan', '--table', '24-inference-t4-16gb', '--cores', '4']);
  assert.equal(plan.status, 2);
  assert.match(plan.stderr, /is a table of results, not one of latencies/);
  assert.equal((await thinfer(scratch, ['import', '--remove', '24-inference-t4-16gb'])).status, 0);
  assert.equal(storedResults(project).length, 1);
});

processTest('measured points are checked for what disturbed them', async (scratch) => {
  const grid = ['--items', '2', '--batches', '1,2', '--warmup', '1', '--iterations', '3', '--mode', 'alone'];
  const profile = await thinfer(scratch, ['profile', 'tiny', '--engine', 'null', ...grid]);
  assert.equal(profile.status, 0, profile.stderr);
  const ended = await thinfer(scratch, ['check', '--json']);
  const document: Document = JSON.parse(ended.stdout);
  assert.equal(ended.status, document.findings.length > 0 ? 1 : 0);
  assert.deepEqual(
    document.tables.map(({ kind }) => kind),
    ['points'],
  );
  assert.ok(document.tables[0]!.rows >= 2);
});

processTest('words that make no sense are refused, all at once', async (scratch) => {
  writeFileSync(join(scratch.folder, 'neither.csv'), 'who,what\nx,y\n');
  writeFileSync(join(scratch.folder, 'typo.csv'), 'batch,thruput\n1,5\n');
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['check'], /holds no imported tables and no measured points\n.*thinfer import/],
    [['check', of('14'), '--rule', 'quotiet'], /there is no rule "quotiet"; did you mean quotient\?/],
    [['check', 'none', 'nowhere.csv'], /none: no such file, and no imported table.*\n.*nowhere\.csv: no such file/],
    [['import', 'neither.csv', 'typo.csv'], /no column holds a measure[\s\S]*nor is it a table of latencies[\s\S]*"thruput"; did you mean "throughput"/],
    [['import', of('14'), '--where', 'x=y'], /is a table of results, which has no series/],
  ]; // biome-ignore format: a table
  for (const [words, text] of cases) {
    const { status, stdout, stderr } = await thinfer(scratch, words);
    assert.equal(status, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, text);
    assert.doesNotMatch(stderr, /This is a bug|\n {4}at /);
  }
});

processTest('the JSON is what docs/json.md says', async (scratch) => {
  const document = await check(scratch, 1, of('14'), of('06'));
  assert.deepEqual(fieldsOf(document), documented('Check'));
  assert.deepEqual(fieldsOf(document.tables[0]!), documented('CheckedTable'));
  assert.deepEqual(fieldsOf(document.findings[0]!), documented('Finding'));
  assert.deepEqual(fieldsOf(document.notes[0]!), documented('Finding'));
  assert.deepEqual(fieldsOf(document.findings[0]!.cells[0]!), documented('FoundCell'));
  const { stdout } = await thinfer(scratch, ['check', '--rules', '--json']);
  assert.deepEqual(fieldsOf(JSON.parse(stdout)[0]), documented('CheckRule'));
});
