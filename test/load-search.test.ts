/** `thinfer load --find-rate` against a real server of the null engine, whose capacity has a certain upper bound. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startThinfer, thinfer } from './support/command.ts';
import { downloadsOf } from './support/page.ts';
import { processTest, until } from './support/process-test.ts';
import { startServe } from './support/serve.ts';

interface Step {
  readonly rate: number;
  readonly state: string;
  readonly repeated: boolean;
  readonly why: string;
}

interface Document {
  readonly load: object;
  readonly rate: number | null;
  readonly failedRate: number | null;
  readonly ended: string;
  readonly limits: readonly string[];
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** Names of the fields of a table in docs/json.md. */
function documented(table: string): string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../docs/json.md'), 'utf8');
  const section = text.split(/^### /m).find((one) => one.startsWith(`${table}\n`));
  assert.ok(section !== undefined, `docs/json.md has no table ${table}`);
  return [...section.matchAll(/^\| *`([^`]+)`/gm)].map(([, name = '']) => name).toSorted();
}

const namesOf = (value: object): string[] => Object.keys(value).toSorted();

/** The answer on top, every step in the chart's data, the limit across the chart. */
function checkPage(page: string, found: Document): void {
  const what =
    found.rate === null ? 'no rate that was tried holds' : `${found.rate.toPrecision(3)} requests/s hold`;
  assert.ok(page.includes(`<h1>tiny: ${what} p99&lt;250ms and errors&lt;=1%`), page.match(/<h1>.*/)?.[0]);
  const files = downloadsOf(page);
  const picture = files.get('tiny-latency-over-rate.svg')!.toString();
  assert.ok(picture.includes('p99&lt;250ms'), 'the limit is drawn');
  const [, ...rows] = files.get('tiny-latency-over-rate.csv')!.toString().trim().split('\r\n');
  assert.deepEqual(
    rows.map((row) => Number(row.split(',')[0])),
    found.steps.map(({ rate }) => rate).toSorted((a, b) => a - b),
  );
  assert.deepEqual(JSON.parse(files.get('thinfer-load-tiny.json')!.toString()), found);
}

/** One instance that takes 10 ms a request: no more than 100 a second, however fast the machine. */
const serve = ['tiny', '--engine', 'null:delay=10', '--config', '1x1x1'];
const fixed = ['--model', 'tiny', '--find-rate', '--arrivals', 'constant', '--warmup', '100ms'];

processTest(
  'the highest rate that holds is found, or none, and an interrupt keeps what was found',
  async (scratch) => {
    const server = await startServe(scratch, serve);
    try {
      const words = ['--limit', 'p99<250ms', '--duration', '700ms', '--rate', '60', '--precision', '30%'];
      const { status, stdout, stderr } = await thinfer(scratch, [
        'load',
        server.http,
        ...fixed,
        ...words,
        '--json',
        ...['--report', 'pages/rates.html'],
      ]);
      assert.equal(status, 0, `${stdout}${stderr}`);
      const found = JSON.parse(stdout) as Document;
      assert.deepEqual(namesOf(found), documented('LoadSearch'));
      assert.deepEqual(namesOf(found.load), documented('LoadSearchAsk'));
      for (const step of found.steps) assert.deepEqual(namesOf(step), documented('LoadSearchStep'));
      assert.deepEqual(found.limits, ['p99<250ms', 'errors<=1%']);
      checkPage(readFileSync(join(scratch.folder, 'pages/rates.html'), 'utf8'), found);
      // At 140/s the requests that are due last wait for 280 ms, by the engine's delay alone.
      assert.ok(found.rate! < 140, stdout);
      const heldRates = found.steps.filter(({ state }) => state === 'held').map(({ rate }) => rate);
      assert.ok(Math.max(0, ...heldRates) <= found.rate!, stdout);
      // A busy machine may keep the generator from going on; it says so then.
      if (found.ended === 'found')
        assert.ok(found.failedRate! / found.rate! <= 1.3 && found.failedRate! > found.rate!);
      else assert.equal(found.ended, 'generator');

      // Faster than the engine's delay: no rate holds it.
      const none = ['--limit', 'p50<5ms', '--duration', '500ms', '--rate', '20'];
      const failed = await thinfer(scratch, ['load', server.http, ...fixed, ...none]);
      assert.equal(failed.status, 1, failed.stderr);
      assert.match(failed.stdout, /no rate that was tried holds p50<5ms and errors<=1%/);
      assert.match(failed.stdout, /p50<5ms: \d+/);

      const long = ['--limit', 'p99<60s', '--duration', '500ms', '--rate', '2', '--json'];
      const running = startThinfer(scratch, ['load', server.http, ...fixed, ...long]);
      let told = '';
      running.process.stderr!.on('data', (chunk: Buffer) => (told += chunk.toString('utf8')));
      await until('the third step', () => told.includes('step 3'));
      running.process.kill('SIGINT');
      const ended = await running.ended;
      assert.equal(ended.status, 130);
      const kept = JSON.parse(ended.stdout) as Document;
      assert.deepEqual([kept.ended, kept.steps.length], ['interrupted', 2]);
      assert.ok(
        kept.steps.some(({ rate }) => rate === kept.rate),
        ended.stdout,
      );
      assert.ok(kept.notes.some((note) => note.includes('interrupted')));
    } finally {
      await server.stop();
    }
  },
);

processTest('what does not go with a search is said at once', async (scratch) => {
  const nowhere = ['load', 'http://127.0.0.1:1', '--model', 'm'];
  const words = [
    '--find-rate',
    '--concurrency',
    '2',
    '--requests',
    '5',
    '--fail-if',
    'p99>1s',
    '--out',
    'x.csv',
  ];
  const bad = await thinfer(scratch, [...nowhere, ...words]);
  assert.equal(bad.status, 2);
  for (const flag of ['limit', 'concurrency', 'requests', 'fail-if', 'out'])
    assert.ok(bad.stderr.includes(`--${flag}: `), bad.stderr);
  const alone = await thinfer(scratch, [
    ...nowhere,
    '--rate',
    '1',
    '--limit',
    'p99<1ms',
    '--precision',
    '5%',
  ]);
  assert.match(alone.stderr, /--limit: limits are for --find-rate/);
  assert.match(alone.stderr, /--precision: only a search/);
});
