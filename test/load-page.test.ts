/** The page of a load run, the merge of several, and the live view: real runs against a real server with the null engine. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import sharp from 'sharp';
import { progressRows } from '../src/cli/load-text.ts';
import { type LoadProgress, type Outcome, outcomes } from '../src/load/index.ts';
import { quantile, sortSamples } from '../src/stats/index.ts';
import { type Look, useChromium } from './support/chromium.ts';
import { type Ended, environmentOf, startProgram, thinfer } from './support/command.ts';
import { downloadsOf } from './support/page.ts';
import { processTest, type Scratch } from './support/process-test.ts';
import { type Serving, startServe } from './support/serve.ts';

const browser = useChromium();

/** A test with a server. */
function serverTest(
  name: string,
  body: (scratch: Scratch, server: Serving, context: TestContext) => Promise<void>,
): void {
  processTest(name, async (scratch, context) => {
    const server = await startServe(scratch, ['tiny', '--engine', 'null:delay=3', '--config', '2x1x4']);
    await body(scratch, server, context);
    const { status, stderr } = await server.stop();
    assert.equal(status, 0, stderr);
  });
}

interface Document {
  readonly sent: number;
  readonly windowMs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly latencyMs: Readonly<Record<string, number>>;
  readonly slipMs: Readonly<Record<string, number>>;
  readonly generators: readonly { readonly file: string; readonly sent: number }[];
  readonly perSecond: readonly { readonly sent: number }[];
  readonly thresholds: readonly { readonly failed: boolean }[];
  readonly notes: readonly string[];
}

const words = (server: Serving, ...more: readonly string[]): string[] => [
  ...['load', server.http, '--model', 'tiny', '--warmup', '200ms', '--inputs', '2', '--quiet', ...more],
];

const pathOf = (scratch: Scratch, file: string): string => join(scratch.folder, file);
const read = (scratch: Scratch, file: string): string => readFileSync(pathOf(scratch, file), 'utf8');

interface Row {
  readonly latencyMs: number | null;
  readonly outcome: string;
}

function rowsOf(scratch: Scratch, file: string): Row[] {
  return read(scratch, file)
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, , , latency, outcome] = line.split(',');
      return { latencyMs: latency === '' ? null : Number(latency), outcome: outcome! };
    });
}

serverTest('a page answers first, draws every chart, and holds its data', async (scratch, server) => {
  const asked = ['--arrivals', 'steps:40@1s,260@1s', '--duration', '3s'];
  const judged = ['--deadline', '1s', '--fail-if', 'p99>10s', '--fail-if', 'rate>1'];
  const files = ['--report', 'pages/run.html', '--out', 'run.csv', '--json'];
  const { status, stdout, stderr } = await thinfer(scratch, words(server, ...asked, ...judged, ...files));
  assert.equal(status, 1, stderr);
  const document = JSON.parse(stdout) as Document;
  const page = read(scratch, 'pages/run.html');
  assert.match(page, /<h1>tiny answers at [\d.]+ requests\/s with p50 [\d.]+ ms and p99 [\d.]+ ms/);
  assert.match(page, /✓ <b>holds<\/b>: fails if p99&gt;10s; it is/);
  assert.match(page, /✗ <b>failed<\/b>: fails if rate&gt;1; it is/);
  assert.match(page, /The generator (kept up|could not keep up):/);
  assert.ok(page.includes('thinfer load http://127.0.0.1:'));
  const ids = [...page.matchAll(/<figure id="([^"]+)"/g)].map(([, id]) => id);
  assert.deepEqual(ids, ['over-time', 'flow', 'distribution', 'over-rate', 'slip', 'slip-over-time']);
  await checkDownloads(page, document, rowsOf(scratch, 'run.csv'));
  assert.equal(existsSync(pathOf(scratch, 'pages/run.html.tmp')), false);
});

async function checkDownloads(page: string, document: Document, rows: readonly Row[]): Promise<void> {
  const downloads = downloadsOf(page);
  assert.equal(downloads.size, 6 * 3 + 1);
  for (const [name, bytes] of downloads) {
    if (name.endsWith('.svg')) {
      assert.match(bytes.toString(), /^<svg xmlns=/, name);
      assert.ok(!bytes.toString().includes('var(--'), name);
    }
    if (name.endsWith('.png')) {
      const { width, height } = await sharp(bytes).metadata();
      assert.ok(width === 1440 && height! > 600, `${name} is ${width} × ${height}`);
    }
  }
  const table = downloads.get('tiny-latency-over-time.csv')!.toString().trim().split('\r\n');
  const due = table.slice(1).map((line) => Number(line.split(',')[2]));
  assert.equal(
    due.reduce((sum, count) => sum + count, 0),
    document.sent,
  );
  const curve = downloads.get('tiny-latency-distribution.csv')!.toString().trim().split('\r\n');
  const longest = Math.max(...rows.map(({ latencyMs }) => latencyMs ?? 0));
  assert.ok(Math.abs(Number(curve.at(-1)!.split(',')[1]) - longest) < 1e-5);
  assert.deepEqual(JSON.parse(downloads.get('thinfer-load-tiny.json')!.toString()), document);
}

serverTest('pages fit every screen and load nothing', async (scratch, server, context) => {
  const missing = browser.missing();
  if (missing !== null) return context.skip(missing);
  const open = ['--rate', '200', '--duration', '1s', '--report', 'open.html'];
  const closed = ['--concurrency', '3', '--requests', '300', '--report', 'closed.html', '--out', 'c.csv'];
  for (const more of [open, closed]) {
    const { status, stderr } = await thinfer(scratch, words(server, ...more));
    assert.equal(status, 0, stderr);
  }
  const merged = await thinfer(scratch, ['load', 'merge', 'c.csv', '--report', 'merged.html', '--quiet']);
  assert.equal(merged.status, 0, merged.stderr);
  const search = ['--find-rate', '--limit', 'p50<1ms', '--rate', '50', '--duration', '200ms'];
  // Nothing is faster than the engine's delay: not even the lowest rate holds.
  assert.equal((await thinfer(scratch, words(server, ...search, '--report', 'search.html'))).status, 1);
  for (const [file, figures] of [
    ['open.html', 5],
    ['closed.html', 3],
    ['merged.html', 3],
    ['search.html', 1],
  ] as const)
    for (const look of [{ width: 1180 }, { width: 400, scheme: 'dark' }] as const)
      await checkLook(pathOf(scratch, file), figures, look);
});

async function checkLook(file: string, figures: number, look: Look): Promise<void> {
  await using opened = await browser.open(look);
  const { page, noise } = opened;
  await page.goto(`file://${file}`);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), look.width, file);
  const kind = look.width! < 600 ? 'phone' : 'wide';
  assert.equal(await page.locator(`figure .chart .${kind} svg:visible`).count(), figures, file);
  await page.evaluate('document.querySelectorAll("details").forEach((one) => (one.open = true))');
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), look.width, `${file}, unfolded`);
  assert.deepEqual(noise, []);
}

test('the live rows tell how requests ended, and of a closed loop no lateness', () => {
  const counts = Object.fromEntries(outcomes.map((name) => [name, 0])) as Record<Outcome, number>;
  const recent = { spanMs: 5000, sentPerSecond: 1234.5, answeredPerSecond: 1000, p50Ms: 1.5, p99Ms: null };
  const progress: LoadProgress = {
    ...{ share: 0.5, sent: 10, bad: 5, pending: 1, p50Ms: 2, p99Ms: 20_000 },
    counts: { ...counts, late: 3, refused: 2 },
    recent: { ...recent, slipP99Ms: 0.25 },
    duePerSecond: null,
  };
  assert.deepEqual(progressRows(progress), [
    '  per second, last 5 s   sent   1,235   answered   1,000',
    '  latency, last 5 s      p50   1.50 ms   p99         –',
    '  latency, whole run     p50   2.00 ms   p99    20.0 s',
    '  not ok                 3 late, 2 refused',
  ]);
  const open = progressRows({ ...progress, duePerSecond: 1240, counts });
  assert.match(open[0]!, /due +1,240 +sent/);
  assert.match(open[3]!, /sent late, last 5 s +p99 +0\.250 ms/);
});

processTest('a run without an answer has a page that says so', async (scratch) => {
  const server = createServer((request, response) => {
    const isInfer = request.url?.endsWith('/infer') === true;
    request.resume();
    if (isInfer) return void response.writeHead(500).end('{"error":"<b>out of order</b>"}');
    const tensor = { name: 'x', datatype: 'FP32', shape: [-1, 4] };
    const metadata = { name: 'm', versions: ['1'], platform: 'p', inputs: [tensor], outputs: [tensor] };
    response.end(JSON.stringify(metadata));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asked = ['--model', 'm', '--rate', '50', '--duration', '1s', '--warmup', '0', '--quiet'];
    const { status, stderr } = await thinfer(scratch, ['load', url, ...asked, '--report', 'none.html']);
    assert.equal(status, 4, stderr);
    const page = read(scratch, 'none.html');
    assert.match(page, /<h1>m: none of \d+ requests was answered/);
    assert.match(page, /HTTP 500<\/td>/);
    assert.ok(page.includes('&lt;b&gt;out of order'));
    assert.deepEqual(
      [...page.matchAll(/<figure id="([^"]+)"/g)].map(([, id]) => id),
      ['flow', 'slip', 'slip-over-time'],
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

serverTest(
  'records of several generators are one run: its percentiles are those of all',
  async (scratch, server) => {
    const generator = (rate: string, seed: string): Promise<Ended> =>
      thinfer(
        scratch,
        words(server, '--rate', rate, '--duration', '1500ms', '--seed', seed, '--out', `g${seed}.csv`),
      );
    const ended = await Promise.all([generator('60', '1'), generator('90', '2')]);
    for (const { status, stderr } of ended) assert.equal(status, 0, stderr);
    const outputs = ['--out', 'all.csv', '--out', 'all.hdr', '--report', 'all.html'];
    const asked = [
      'load',
      'merge',
      'g1.csv',
      'g2.csv',
      ...outputs,
      '--fail-if',
      'p50<0ms',
      '--json',
      '--quiet',
    ];
    const { status, stdout, stderr } = await thinfer(scratch, asked);
    assert.equal(status, 0, stderr);
    const document = JSON.parse(stdout) as Document;
    const rows = ['g1.csv', 'g2.csv'].flatMap((file) => rowsOf(scratch, file));
    assert.equal(document.sent, rows.length);
    assert.deepEqual(
      document.generators.map(({ sent }) => sent),
      ['g1.csv', 'g2.csv'].map((file) => rowsOf(scratch, file).length),
    );
    const sorted = sortSamples(rows.flatMap(({ latencyMs }) => latencyMs ?? []));
    for (const [name, q] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p99', 0.99],
      ['max', 1],
    ] as const)
      assert.ok(Math.abs(document.latencyMs[name]! - quantile(sorted, q)) < 1e-5, name);
    assert.equal(
      document.perSecond.reduce((sum, second) => sum + second.sent, 0),
      document.sent,
    );
    assert.match(read(scratch, 'all.hdr'), /HISTFAA/);
    assert.match(read(scratch, 'all.html'), /<h2>The generators<\/h2>/);
    await checkMergedAgain(scratch, document);
  },
);

/** What was merged is a run like any other: in order by the wall clock, read again, and not merged with its parts. */
async function checkMergedAgain(scratch: Scratch, first: Document): Promise<void> {
  const due = read(scratch, 'all.csv')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]));
  assert.deepEqual(
    due,
    due.toSorted((a, b) => a - b),
  );
  const again = await thinfer(scratch, ['load', 'merge', 'all.csv', '--json', '--quiet']);
  assert.equal(again.status, 0, again.stderr);
  const document = JSON.parse(again.stdout) as Document;
  assert.deepEqual(document.outcomes, first.outcomes);
  assert.ok(Math.abs(document.latencyMs['p99']! - first.latencyMs['p99']!) < 1e-5);
  assert.ok(Math.abs(document.windowMs - first.windowMs) < 1e-5);
  const twice = await thinfer(scratch, ['load', 'merge', 'all.csv', 'g2.csv']);
  assert.equal(twice.status, 2);
  assert.match(twice.stderr, /g2\.csv: it holds requests that all\.csv holds already/);
}

serverTest('files that are no records of one run are refused by name and line', async (scratch, server) => {
  const short = ['--concurrency', '1', '--requests', '12'];
  for (const more of [
    ['--out', 'a.csv'],
    ['--out', 'b.csv', '--deadline', '1s'],
  ]) {
    const { status, stderr } = await thinfer(scratch, words(server, ...short, ...more));
    assert.equal(status, 0, stderr);
  }
  const lines = read(scratch, 'a.csv').split('\n');
  const write = (file: string, change: (line: string, number: number) => string): void =>
    writeFileSync(pathOf(scratch, file), lines.map((line, index) => change(line, index + 1)).join('\n'));
  write('bad.csv', (line, number) => {
    if (number === 4) return line.replace(',ok,', ',fine,');
    if (number === 6) return line.replace(/^[^,]*/, '-1');
    return number === 8 ? 'a,b' : line;
  });
  write('latency.csv', (line, number) =>
    number === 3 ? line.replace(/^(([^,]*,){3})[^,]*/, '$19999') : line,
  );
  write('old.csv', (line) => line.split(',').slice(0, 7).join(','));
  write('header.csv', (line, number) =>
    number === 2 ? line.replace('""loop"":""closed""', '""loop"":""odd""') : line,
  );
  write('quote.csv', (line, number) => (number === 5 ? `${line}"x` : line));
  writeFileSync(pathOf(scratch, 'empty.csv'), '');
  const files = ['bad', 'latency', 'old', 'header', 'quote', 'empty', 'missing'].map((name) => `${name}.csv`);
  const outputs = ['--out', 'x.csv', '--report', 'x.html', '--json', '--quiet'];
  const refused = await thinfer(scratch, ['load', 'merge', 'a.csv', ...files, ...outputs]);
  assert.equal(refused.status, 2);
  assert.equal(refused.stdout, '');
  for (const message of [
    /bad\.csv: line 4: outcome "fine" is none of ok/,
    /bad\.csv: line 6: due_ms "-1"/,
    /bad\.csv: line 8: 2 values instead of 8/,
    /latency\.csv: line 3: latency_ms 9999 is not end_ms − due_ms/,
    /old\.csv: line 1: it is from an older version/,
    /header\.csv: line 2: run: loop:/,
    /quote\.csv: line 5: it is not CSV/,
    /empty\.csv: line 1: the file is empty/,
    /missing\.csv can't be read/,
  ])
    assert.match(refused.stderr, message);
  for (const file of ['x.csv', 'x.html']) assert.equal(existsSync(pathOf(scratch, file)), false);
  const unlike = await thinfer(scratch, ['load', 'merge', 'a.csv', 'b.csv', '--out', 'x.csv']);
  assert.equal(unlike.status, 2);
  assert.match(unlike.stderr, /b\.csv: its deadline is 1000 ms, that of a\.csv none/);
  const over = await thinfer(scratch, ['load', 'merge', 'a.csv', '--out', './a.csv']);
  assert.equal(over.status, 2);
  assert.equal(read(scratch, 'a.csv'), lines.join('\n'));
  assert.equal((await thinfer(scratch, ['load', 'merge'])).status, 2);
  assert.equal((await thinfer(scratch, words(server, ...short, '--report', 'x.txt'))).status, 2);
  const below = await thinfer(scratch, words(server, ...short, '--report', 'a.csv/x.html'));
  assert.equal(below.status, 3);
  assert.match(below.stderr, /\[storage\] a\.csv\/x\.html can't be written/);
});

serverTest(
  'a terminal shows the last seconds, a narrow one a line, a pipe plain lines',
  async (scratch, server, context) => {
    const asked = ['--rate', '100', '--duration', '1s', '--warmup', '0'];
    const command = words(server, ...asked).filter((word) => word !== '--quiet');
    const piped = await thinfer(scratch, command);
    assert.equal(piped.status, 0);
    assert.ok(!piped.stderr.includes('\u001b') && piped.stderr.startsWith('load '), piped.stderr);
    if (spawnSync('script', ['--version']).error !== undefined)
      return context.skip('script is not installed');
    const shown = async (columns: number): Promise<string> => {
      const shell = `stty cols ${columns} rows 30; exec "$0" "$@"`;
      const quoted = [
        'sh',
        '-c',
        shell,
        process.execPath,
        join(import.meta.dirname, '../bin/thinfer.js'),
        ...command,
      ]
        .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
        .join(' ');
      const options = { cwd: scratch.folder, env: environmentOf(scratch) };
      const ended = await startProgram('script', ['-qec', quoted, '/dev/null'], options).ended;
      assert.equal(ended.status, 0, ended.stdout);
      return ended.stdout;
    };
    const wide = await shown(100);
    assert.match(wide, /per second, last 5 s +due +[\d.]+ +sent +[\d.]+ +answered +[\d.]+/);
    assert.match(wide, /latency, last 5 s +p50 +[\d.]+ ms +p99 +[\d.]+ ms/);
    assert.match(wide, /latency, whole run +p50 +[\d.]+ ms/);
    assert.match(wide, /sent late, last 5 s +p99 +[\d.]+ ms/);
    assert.ok(wide.includes('\u001b[4A\u001b[J'), 'the lines are drawn over');
    const narrow = await shown(50);
    assert.ok(!narrow.includes('last 5 s'));
    assert.match(narrow, /load +\d+ %/);
  },
);
