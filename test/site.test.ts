/** `thinfer report --site` through the real command: what is written, what is left alone, what is refused. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SiteFolder } from '../src/cli/site-folder.ts';
import { startThinfer, thinfer } from './support/command.ts';
import { processTest, type Scratch, until } from './support/process-test.ts';
import { cutTable, packratFile } from './support/site.ts';

const experiment = 'bert/cloudlab/large-batches';

/** A folder of tables with a few cells; it lies as Packrat's do. */
function writeTables({ folder }: Scratch, threads: readonly number[]): string {
  const tables = join(folder, 'data', experiment);
  mkdirSync(tables, { recursive: true });
  for (const kind of ['latency', 'throughput'])
    writeFileSync(
      join(tables, `bert_${kind}.csv`),
      cutTable(`${experiment}/bert_${kind}.csv`, threads, [1, 16]),
    );
  return join(folder, 'data');
}

interface SiteDocument {
  readonly files: number;
  readonly htmlBytes: number;
  readonly pages: readonly { readonly file: string; readonly charts: readonly string[] }[];
}

processTest(
  'a site is written whole, again over itself, and leaves what others put there',
  async (scratch) => {
    const data = writeTables(scratch, [1, 4]);
    const words = ['report', '--site', 'site', data, '--only', 'latency,numa', '--json'];
    const first = await thinfer(scratch, words);
    assert.equal(first.status, 0, first.stderr);
    const site = join(scratch.folder, 'site');
    const { pages, files, htmlBytes } = JSON.parse(first.stdout) as SiteDocument;
    assert.deepEqual(
      pages.map(({ file, charts }) => [file, charts.length]),
      [['bert-cloudlab-large-batches/index.html', 11]],
    );
    const page = join(site, 'bert-cloudlab-large-batches');
    for (const end of ['svg', 'png', 'csv'])
      assert.ok(existsSync(join(page, `bert-latency-numa-16.${end}`)), end);
    assert.equal(readFileSync(join(page, 'bert-latency-1.png')).subarray(1, 4).toString(), 'PNG');
    const written = globSync('**/*', { cwd: site, withFileTypes: true }).filter((one) => one.isFile());
    assert.equal(written.filter(({ name }) => !name.startsWith('.')).length, files);
    assert.ok(htmlBytes > 10_000);

    writeFileSync(join(site, 'CNAME'), 'example.org\n');
    writeFileSync(join(page, 'notes.txt'), 'mine\n');
    const second = await thinfer(scratch, ['report', '--site', 'site', data, '--only', 'cost']);
    assert.equal(second.status, 0, second.stderr);
    assert.deepEqual(readdirSync(page), ['notes.txt']);
    assert.equal(readFileSync(join(site, 'CNAME'), 'utf8'), 'example.org\n');
    assert.ok(existsSync(join(site, 'bert-cloudlab-large-batches-further/bert-items-per-core.svg')));
    assert.deepEqual(
      readdirSync(site).filter((name) => name.endsWith('.tmp')),
      [],
    );
  },
);

processTest('imported tables and files are found by name; both kinds are drawn', async (scratch) => {
  const data = writeTables(scratch, [1, 2]);
  const results = join(scratch.folder, '24-inference-card.csv');
  writeFileSync(
    results,
    [
      'Model,Sequence Length,Batch Size,Precision,Throughput-Average(sent/sec),Latency-Average(ms),Latency-99%(ms),Latency-100%(ms)',
      'base,128,1,fp16,91.93,13.94,11.94,5491.47',
      'base,128,8,fp16,289.52,33.07,29.16,6074.47',
      'base,128,1,fp32,54.28,20.88,19.29,4401.4',
    ].join('\n'),
  );
  const files = ['latency', 'throughput'].map((kind) => join(data, experiment, `bert_${kind}.csv`));
  assert.equal((await thinfer(scratch, ['import', ...files, results])).status, 0);
  const { status, stdout, stderr } = await thinfer(scratch, [
    'report',
    '--site',
    'site',
    '--only',
    'throughput,grid',
    '--json',
  ]);
  assert.equal(status, 0, stderr);
  const { pages } = JSON.parse(stdout) as SiteDocument;
  assert.deepEqual(
    pages.map(({ file }) => file),
    ['bert-cloudlab-large-batches/index.html', 'grid-card/index.html'],
  );
  assert.deepEqual(pages[1]!.charts, [
    'base-sequence-128-throughput',
    'base-sequence-128-fp16-latency',
    'base-sequence-128-fp32-latency',
  ]);
  const page = readFileSync(join(scratch.folder, 'site/grid-card/index.html'), 'utf8');
  assert.match(page, /In 3 of 3 cells the average is above the 99th percentile/);
  assert.match(
    page,
    /<th scope="col" class="n">sent\/s<\/th><th scope="col" class="n">average<\/th><th scope="col" class="n">99 %<\/th><th scope="col" class="n">100 %<\/th>/,
  );
});

processTest('what can’t be drawn or written is said, and nothing is touched', async (scratch) => {
  const { folder } = scratch;
  const refused = async (words: readonly string[], text: RegExp): Promise<void> => {
    const { status, stdout, stderr } = await thinfer(scratch, ['report', ...words]);
    assert.ok(status === 2 || status === 3, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, text);
    assert.doesNotMatch(stderr, /This is a bug|\n {4}at /);
  };
  mkdirSync(join(folder, 'mine'));
  writeFileSync(join(folder, 'mine/thesis.tex'), 'x');
  const latency = packratFile(`${experiment}/bert_latency.csv`);
  const folderErrors = [
    [join(folder, 'mine'), /mine: holds files that are no site of thinfer, such as thesis\.tex/],
    [join(folder, 'mine/thesis.tex'), /is a file, not a folder/],
    ['/proc/site', /\/proc\/site: the site can't be written/],
  ] as const;
  for (const [name, message] of folderErrors) assert.throws(() => SiteFolder.open(name), message);
  await refused(['--site', 'site'], /nothing has been measured or imported/);
  await refused(['--site', 'site', 'nope', 'nada'], /nope: no such file.*\n.*nada: no such file/);
  await refused(
    ['--site', 'site', latency, '--only', 'cots', '--price-per-hour', 'free', '--items', '4'],
    /--price-per-hour: "free" is not a price.*\n.*--only: "cots" is none of.*did you mean cost\?/s,
  );
  assert.deepEqual(readdirSync(folder), ['mine']);
});

processTest('an interrupted site stays as it was', async (scratch) => {
  const { folder } = scratch;
  cpSync(packratFile('bert/cloudlab'), join(folder, 'bert/cloudlab'), { recursive: true });
  const running = startThinfer(scratch, ['report', '--site', 'site', 'bert', '--quiet']);
  const unfinished = await until(
    'a first chart',
    () => globSync('site/.thinfer-site-*.tmp/**/*.svg', { cwd: folder })[0],
  );
  assert.ok(unfinished);
  process.kill(running.pid, 'SIGINT');
  const { status, stderr } = await running.ended;
  assert.equal(status, 130, stderr);
  assert.match(stderr, /the site is as it was before/);
  assert.equal(existsSync(join(folder, 'site')), false);
});
