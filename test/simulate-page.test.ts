/** The page of a simulation: what it shows agrees with what `--json` says of the same run. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatTuples, type Group } from '../src/plan/index.ts';
import { type Look, useChromium } from './support/chromium.ts';
import { thinfer } from './support/command.ts';
import { downloadsOf } from './support/page.ts';
import { processTest, type Scratch } from './support/process-test.ts';

const browser = useChromium();

interface Document {
  readonly load: { readonly requests: number; readonly durationMs: number };
  readonly policies: readonly {
    readonly name: string;
    readonly batches: number;
    readonly refused: number;
    readonly changes: readonly {
      readonly decidedMs: number;
      readonly switchedMs: number | null;
      readonly groups: readonly Group[];
    }[];
  }[];
}

/** Four cores on which threads help batches of many items more than those of few. */
function writeTable(scratch: Scratch): void {
  const rows = [1, 2, 4].flatMap((threads) =>
    [1, 2, 4, 8].map((batch) => `${threads},${batch},${2 + batch * (4 + 36 / threads)}`),
  );
  const lines = ['intraop_threads,batch_size,latency(avg)', ...rows, ''];
  writeFileSync(join(scratch.folder, 'four.csv'), lines.join('\n'));
}

const words = (...more: readonly string[]): string[] => [
  ...['simulate', '--table', 'four.csv', '--cores', '4', '--items', '1,2', '--quiet', '--json'],
  ...['--arrivals', 'steps:4@20s,30@20s', '--duration', '80s', '--deadline', '2s', ...more],
];
const followers = ['load', 'packrat-paper'];
const policies = [...followers, 'best-static', '1x4x8'].flatMap((policy) => ['--policy', policy]);

processTest('a page of a simulation says what the JSON says', async (scratch) => {
  writeTable(scratch);
  const { status, stdout, stderr } = await thinfer(scratch, words(...policies, '--report', 'pages/run.html'));
  assert.equal(status, 0, stderr);
  const plain = await thinfer(scratch, words(...policies));
  assert.equal(plain.stdout, stdout, 'a page changes no answer');
  const document = JSON.parse(stdout) as Document;
  const page = readFileSync(join(scratch.folder, 'pages/run.html'), 'utf8');
  assert.match(page, /<h1>Following the load: mean [\d.,]+ m?s, p99 .*; the best set that stays: mean/);
  assert.ok(page.includes('thinfer simulate --table four.csv'));
  const ids = [...page.matchAll(/<figure id="([^"]+)"/g)].map(([, id]) => id);
  assert.deepEqual(ids, [
    'load',
    'latency',
    ...followers.flatMap((one) => [`timeline-${one}`, `batches-${one}`]),
  ]);
  const files = downloadsOf(page);
  assert.equal(files.size, ids.length * 3 + 1);
  assert.deepEqual(JSON.parse(files.get('thinfer-simulate-four.json')!.toString()), document);
  checkTimelines(document, files);
});

function checkTimelines({ load, policies: all }: Document, files: ReadonlyMap<string, Buffer>): void {
  const rowsOf = (name: string): Record<string, string>[] => csvRows(files.get(name)!.toString());
  for (const { name, changes, batches, refused } of all.filter((one) => followers.includes(one.name))) {
    assert.ok(changes.length > 0, 'or nothing was looked at');
    const rows = rowsOf(`four-${name}-timeline.csv`);
    assert.equal(sum(rows, 'due'), load.requests);
    assert.equal(sum(rows, 'unanswered'), refused);
    assert.equal(sum(rows, 'decided'), changes.length);
    const first = changes.find(({ decidedMs }) => decidedMs < load.durationMs)!;
    const row = rows.find(({ decided }) => Number(decided) > 0)!;
    assert.ok(
      Number(row['from_s']) <= first.decidedMs / 1000 && first.decidedMs / 1000 <= Number(row['to_s']),
    );
    const last = changes.findLast(({ switchedMs }) => switchedMs !== null && switchedMs < load.durationMs)!;
    assert.equal(rows.at(-1)!['set'], formatTuples(last.groups));
    assert.equal(sum(rowsOf(`four-${name}-batches.csv`), 'batches'), batches);
  }
}

/** Rows by the names of the columns; a set's name is the one field that is quoted. */
function csvRows(text: string): Record<string, string>[] {
  const [head, ...lines] = text.trim().split('\r\n');
  const names = head!.split(',');
  return lines.map((line) => {
    const fields = line.match(/"[^"]*"|[^,]+|(?<=,)(?=,|$)/g) ?? [];
    return Object.fromEntries(names.map((name, at) => [name, fields[at]!.replaceAll('"', '')]));
  });
}

const sum = (rows: readonly Record<string, string>[], column: string): number =>
  rows.reduce((total, row) => total + Number(row[column]), 0);

processTest('a page of a simulation fits every screen and loads nothing', async (scratch, context) => {
  const missing = browser.missing();
  if (missing !== null) return context.skip(missing);
  writeTable(scratch);
  for (const [file, more, figures] of [
    ['all.html', policies, 6],
    ['still.html', ['--policy', '4x1x2'], 2],
  ] as const) {
    const { status, stderr } = await thinfer(scratch, words(...more, '--report', file));
    assert.equal(status, 0, stderr);
    for (const look of [{ width: 1180 }, { width: 390, scheme: 'dark' }] as const)
      await checkLook(join(scratch.folder, file), figures, look);
  }
});

async function checkLook(file: string, figures: number, look: Look): Promise<void> {
  await using opened = await browser.open(look);
  const { page, noise } = opened;
  await page.goto(`file://${file}`);
  await page.evaluate('document.querySelectorAll("details").forEach((one) => (one.open = true))');
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), look.width, file);
  const kind = look.width! < 600 ? 'phone' : 'wide';
  assert.equal(await page.locator(`figure .chart .${kind} svg:visible`).count(), figures, file);
  assert.deepEqual(noise, []);
}

processTest('a page that can not be written is refused before anything runs', async (scratch) => {
  writeTable(scratch);
  mkdirSync(join(scratch.folder, 'folder.html'));
  for (const [file, message] of [
    ['four.csv/run.html', /can't be written/],
    ['folder.html', /can't be written: it is a folder/],
    ['run.txt', /--report: the file must end in \.html/],
  ] as const) {
    const { status, stdout, stderr } = await thinfer(scratch, words('--report', file));
    assert.notEqual(status, 0);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
  assert.equal(existsSync(join(scratch.folder, 'run.txt')), false);
});
