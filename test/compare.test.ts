/** `thinfer compare` through the real command: sides of every kind, verdicts, statuses, bad input, and the page in Chromium. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { writeBundle } from '../src/bundle/index.ts';
import { wordedWhere } from '../src/cli/compare-columns.ts';
import { compareSchema } from '../src/cli/compare-flags.ts';
import { compareSides } from '../src/cli/compare-run.ts';
import { parseSide } from '../src/cli/compare-side-name.ts';
import { openSide } from '../src/cli/compare-sides.ts';
import { parseFlags } from '../src/cli/flags.ts';
import { openTerminal } from '../src/cli/terminal.ts';
import { compareCells, compareEnvironments, matchCells } from '../src/compare/index.ts';
import { ThinferError } from '../src/errors.ts';
import { compareFigures } from '../src/report/compare-figures.ts';
import { compareFindings, compareHeadline } from '../src/report/compare-words.ts';
import { type ComparePageData, compareCsv, renderCompare } from '../src/report/index.ts';
import { renderChart } from '../src/report/render-chart.ts';
import { parseWhere } from '../src/table/index.ts';
import { useChromium } from './support/chromium.ts';
import { thinfer } from './support/command.ts';
import { downloadsOf } from './support/page.ts';
import { processTest, type Scratch } from './support/process-test.ts';
import { fillProject, projectRecords } from './support/records.ts';

const published = resolve(import.meta.dirname, 'data/packrat/bert/cloudlab/large-batches/bert_latency.csv');

type Document = ComparePageData & { readonly report: string; readonly passed: boolean };

async function compare(scratch: Scratch, status: number, ...words: string[]): Promise<Document> {
  const ended = await thinfer(scratch, ['compare', ...words, '--json']);
  assert.equal(ended.status, status, ended.stderr);
  return JSON.parse(ended.stdout);
}

/** The same without a process of its own and without a page. */
async function compareHere(
  project: string,
  a: string,
  b: string,
  flags: object = {},
): Promise<ComparePageData> {
  const parsed = parseFlags(compareSchema, { project, quiet: true, ...flags });
  const terminal = openTerminal(parsed);
  const both = wordedWhere(parseWhere(parsed.where));
  const [first, second] = [a, b].map((text) => parseSide(text, project, both));
  return compareSides(
    await openSide(first!, project, terminal),
    await openSide(second!, project, terminal),
    parsed,
  );
}

async function refused(comparing: Promise<unknown>, text: RegExp): Promise<void> {
  await assert.rejects(comparing, (error) => {
    assert.ok(error instanceof ThinferError && error.exitStatus === 2, String(error));
    assert.match(`${error.message}\n  ${error.remedy}`, text);
    return true;
  });
}

processTest(
  'two projects, and a bundle: environment first, a planted slowdown found, status 1',
  async (scratch) => {
    const at = (name: string): string => join(scratch.folder, name);
    fillProject(at('before'), projectRecords());
    const slow = [
      ...projectRecords({
        seed: 2,
        kernel: '6.8.0',
        startedAt: '2026-03-01T10:00:00.000Z',
        factor: (threads, batch) => (threads === 2 && batch === 4 ? 1.2 : 1),
        fails: (threads, batch) => threads === 1 && batch === 4,
      }),
    ];
    await writeBundle(at('after.gz'), () => slow);
    const found = await compare(scratch, 1, 'before', 'after.gz');
    assert.deepEqual([found.a.kind, found.b.kind, found.comparison.verdict], ['project', 'bundle', 'slower']);
    assert.deepEqual(
      found.environment
        .filter(({ differs }) => differs)
        .map(({ name }) => name)
        .sort(),
      ['kernel', 'measured'],
    );
    const slower = found.comparison.cells.filter(({ verdict }) => verdict === 'slower');
    assert.deepEqual(
      slower.map(({ threads, batch, regression }) => [threads, batch, regression]),
      [[2, 4, true]],
    );
    assert.ok(slower[0]!.interval![0] <= 1.2 && 1.2 <= slower[0]!.interval![1]);
    assert.deepEqual([found.comparison.regressions, found.comparison.obstacles], [2, { 'failed in B': 1 }]);
    const page = readFileSync(at(found.report), 'utf8');
    assert.ok(page.indexOf('id="environment"') < page.indexOf('id="evidence"'));
    assert.deepEqual(
      JSON.parse(readFileSync(at(found.report.replace('.html', '.json')), 'utf8')).comparison,
      found.comparison,
    );
    // Faster the other way round, and the cell that failed before is no regression.
    const { comparison } = await compareHere(at('.thinfer'), at('after.gz'), at('before'));
    assert.deepEqual([comparison.verdict, comparison.regressions], ['faster', 0]);
    const any = await compare(scratch, 1, 'after.gz', 'before', '--fail-on', 'any', '--out', 'back.html');
    assert.deepEqual([any.passed, any.report], [false, 'back.html']);
    await writeBundle(at('before.gz'), () => [...projectRecords()]);
    const same = await compare(scratch, 1, 'before.gz', 'before', '--fail-on', 'any');
    assert.deepEqual([same.comparison.verdict, same.passed], ['not comparable', false]);
    const text = await thinfer(scratch, ['compare', 'before', 'after.gz', '--fail-on', 'never']);
    assert.match(text.stdout, /^differs +A +B\nkernel +6\.1\.0 +6\.8\.0\n/);
    assert.match(text.stdout, /after\.gz is slower than before in 1 of 5 cells, faster in none\./);
    assert.match(text.stdout, /2 threads × batch 4 .* slower, beyond the threshold/);
  },
);

describe('sides', () => {
  const work = mkdtempSync(join(tmpdir(), 'thinfer-compare-test-'));
  after(() => rmSync(work, { recursive: true, force: true }));
  const project = join(work, 'project');
  fillProject(project, projectRecords());
  fillProject(project, projectRecords({ seed: 3, settings: { allocator: 'jemalloc' }, factor: () => 0.8 }));
  fillProject(
    project,
    projectRecords({ seed: 4, settings: { precision: 'int8 dynamic' }, threads: [1], batches: [1] }),
  );
  const here = (a: string, b: string, flags: object = {}): Promise<ComparePageData> =>
    compareHere(project, a, b, flags);

  it('may be settings of one project', async () => {
    const found = await here(':allocator=glibc', ':allocator=jemalloc', {
      where: ['model=made-up,precision=original'],
    });
    assert.deepEqual([found.varied, found.a.label, found.b.label], [['allocator'], 'glibc', 'jemalloc']);
    assert.deepEqual([found.comparison.counts.faster, found.comparison.compared], [6, 6]);
  });

  it('may be tables, whose ratios are shown without a verdict', async () => {
    const { comparison } = await here(
      `${published}:topology=sequential`,
      `${published}:topology=interleave`,
      {
        where: ['benchmark=bert_manual_script'],
      },
    );
    assert.deepEqual(
      [comparison.verdict, comparison.compared, comparison.obstacles],
      ['not comparable', 0, { 'averages only': 176 }],
    );
    assert.ok(comparison.geometricMean! > 0.9 && comparison.geometricMean! < 1);
  });

  it('are refused where they can not be told apart, found or matched', async () => {
    await refused(
      here(':allocator=glibc', ':allocator=jemalloc', { vary: ['precision'] }),
      /precision is int8-dynamic or original in cells that nothing else tells apart/,
    );
    await refused(
      here(':allocator=tcmalloc', ':allocator=glibc'),
      /no cell is left[\s\S]*has allocator=tcmalloc; allocator is glibc or jemalloc there/,
    );
    await refused(here(':alocator=glibc', ':allocator=jemalloc'), /there is no column "alocator"/);
    await refused(here(':mode=alone', ':mode=alone'), /A and B are the same/);
    await refused(here('nowhere.csv', project), /nowhere\.csv: no such file/);
    await refused(here(work, project), /is no project folder/);
    await refused(
      here(':precision=int8-dynamic', `${published}:topology=interleave`, { where: ['batch=1'] }),
      /no cell in common\n.*benchmark is made-up in A[\s\S]*--vary benchmark/,
    );
    await refused(
      here(':allocator=glibc', ':allocator=jemalloc', { vary: ['presicion'] }),
      /did you mean precision\?/,
    );
    await refused(
      here(project, 'x', { threshold: '90%', alpha: '0', disturbed: 'maybe', failOn: 'it' }),
      /--threshold[\s\S]*--alpha[\s\S]*--disturbed[\s\S]*--fail-on/,
    );
    writeFileSync(join(work, 'cut.gz'), Buffer.from('1f8b0800000000000003', 'hex'));
    await refused(here(project, join(work, 'cut.gz')), /ends before its end/);
  });
});

describe('sides of one origin', () => {
  const work = mkdtempSync(join(tmpdir(), 'thinfer-compare-origin-'));
  after(() => rmSync(work, { recursive: true, force: true }));
  const at = (name: string): string => join(work, name);
  const model = (hash: string) => ({ model: { name: 'made-up', contentHash: hash.padEnd(32, '0') } });

  it('that are the same runs are the same measurement, not one without a difference', async () => {
    fillProject(at('project'), projectRecords());
    await writeBundle(at('baseline.gz'), () => [...projectRecords()]);
    const data = await compareHere(at('project'), at('baseline.gz'), at('project'));
    assert.deepEqual(data.comparison.obstacles, { 'same runs': 6 });
    assert.equal(data.comparison.geometricMean, null);
    assert.match(compareHeadline(data), /^baseline\.gz and project are the same measurement/);
    const [heat, ...others] = compareFigures(data);
    assert.match(heat!.title, /^the same runs in A and B$/);
    assert.match(heat!.note!, /=: the same runs/);
    assert.ok(renderChart(heat!.chart(528)).includes('>=</text>'));
    assert.equal(others.length, 0);
    fillProject(at('project'), projectRecords({ seed: 5, settings: { hugePages: 'off' } }));
    const settings = await compareHere(at('project'), ':allocator=glibc', ':huge_pages=off');
    assert.deepEqual(settings.comparison.obstacles, { 'same runs': 6 });
    // One file under two names.
    const table = await compareHere(at('project'), published, relative('', published), {
      where: ['benchmark=bert_manual_script,topology=interleave'],
    });
    assert.deepEqual(Object.keys(table.comparison.obstacles), ['same runs']);
  });

  it('take the newest of what was measured with other contents of the model', async () => {
    fillProject(at('before'), projectRecords({ settings: model('28ed12') }));
    fillProject(at('now'), projectRecords({ settings: model('28ed12') }));
    const newer = { seed: 2, settings: model('f84212'), startedAt: '2026-03-01T10:00:00.000Z' };
    fillProject(at('now'), projectRecords(newer));
    const data = await compareHere(at('now'), at('before'), at('now'));
    assert.deepEqual([data.a.older, data.b.older, data.b.cells], [0, 6, 6]);
    assert.deepEqual(data.comparison.obstacles, { 'other model': 6 });
    assert.match(compareFindings(data).join('\n'), /Left out: 6 older points of B, measured again since/);
    const measured = data.environment.find(({ name }) => name === 'measured')!;
    assert.match(measured.b.join(), /^2026-03-01 10:00/);
    const chosen = await compareHere(at('now'), at('before'), ':model_hash=28ED12');
    assert.deepEqual([chosen.b.older, chosen.comparison.obstacles], [0, { 'same runs': 6 }]);
    await refused(compareHere(at('now'), at('before'), ':model_hash=28ed'), /at least its first six digits/);
    await refused(
      compareHere(at('now'), at('before'), ':model_hash=28ed13'),
      /no cell is left[\s\S]*model_hash is 28ed12/,
    );
    await refused(compareHere(at('now'), at('before'), ':cores=2'), /cores is empty there/);
  });
});

processTest('the same measured twice has no cell slower by a tenth', async (scratch) => {
  const words = [
    'profile',
    'tiny',
    '--engine',
    'null:delay=3',
    '--threads',
    '1',
    '--batches',
    '1,2',
    '--mode',
    'alone',
    '--interval',
    '20%',
    '--budget',
    '2s',
    '--quiet',
  ];
  for (const project of ['first', 'second']) {
    const { status, stderr } = await thinfer(scratch, [...words, '--project', project]);
    assert.equal(status, 0, stderr);
  }
  const { comparison } = await compare(
    scratch,
    0,
    'first',
    'second',
    '--disturbed',
    'judge',
    '--threshold',
    '10%',
  );
  // Where the machine was busy, a cell may have had one visit only, or none.
  assert.equal(comparison.regressions, 0);
  assert.ok(comparison.cells.every(({ interval, obstacle }) => interval !== null || obstacle !== null));
});

/** Two allocators over a grid: one corner faster, one cell slower, one disturbed, one failed. */
function pageData(): ComparePageData {
  const sides = ['glibc', 'jemalloc'].map((allocator, side) =>
    [1, 2, 4, 8].flatMap((threads) =>
      [1, 2, 4, 8].map((batch) => {
        const factor =
          side === 0 ? 1 : threads >= 4 && batch >= 4 ? 0.85 : threads === 1 && batch === 2 ? 1.2 : 1;
        const ms = (10 * batch * factor) / threads;
        const failed = side === 1 && threads === 8 && batch === 8;
        return {
          columns: { benchmark: 'bert', allocator },
          threads,
          batch,
          modelHash: 'a',
          method: '1',
          source: `${threads} ${batch}`,
          runs: [],
          measurement: failed
            ? ({ state: 'failed', message: 'out-of-memory: <b>no room</b>' } as const)
            : ({
                state: 'sampled',
                visitMs: [ms, ms * 1.004, ms * 0.997],
                firstVisits: 3,
                medianMs: ms,
                disturbances: threads === 2 && batch === 1 ? ['other load'] : [],
              } as const),
        };
      }),
    ),
  );
  const options = { threshold: 0.05, alpha: 0.05, judgeDisturbed: false };
  const facts = (allocator: string) =>
    new Map([
      ['allocator', new Set([allocator])],
      ['kernel', new Set(['6.1'])],
    ]);
  return {
    versions: { thinfer: '0.1.0' },
    madeAt: '2026-01-01T00:00:00.000Z',
    command: 'thinfer compare :allocator=glibc :allocator=jemalloc',
    a: { label: 'glibc', text: ':allocator=glibc', kind: 'project', cells: 16, older: 0 },
    b: { label: 'jemalloc', text: ':allocator=jemalloc', kind: 'project', cells: 16, older: 0 },
    varied: ['allocator'],
    unmatched: [],
    elsewhere: { a: 0, b: 0 },
    environment: compareEnvironments(facts('glibc'), facts('jemalloc')),
    threshold: 0.05,
    alpha: 0.05,
    comparison: compareCells(matchCells(sides[0]!, sides[1]!, new Set(['allocator'])).cells, options),
  };
}

describe('the page of a comparison', () => {
  const browser = useChromium();
  const data = pageData();

  it('is the same for the same data, and draws every ratio and interval', async () => {
    const page = await renderCompare(data);
    assert.equal(await renderCompare(pageData()), page);
    const [heat, forest] = compareFigures(data);
    const textsOf = (figure: typeof heat): string[] =>
      [...renderChart(figure!.chart(528)).matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
    const ratios = data.comparison.cells.flatMap(({ ratio }) => ratio ?? []);
    const drawn = textsOf(heat).filter((text) => /^\d\.\d\d$/.test(text));
    assert.deepEqual(drawn.sort(), ratios.map((ratio) => ratio.toFixed(2)).sort());
    const judged = data.comparison.cells.filter(({ interval }) => interval !== null);
    const rows = textsOf(forest).filter((text) => /^\d\.\d{3}$/.test(text));
    assert.deepEqual(
      rows,
      judged
        .map(({ ratio }) => ratio!)
        .sort((a, b) => b - a)
        .map((ratio) => ratio.toFixed(3)),
    );
    const csv = downloadsOf(page).get('thinfer-compare-glibc-jemalloc.csv')!.toString('utf8');
    assert.equal(csv, compareCsv(data));
    assert.equal(csv.trimEnd().split('\r\n').length, 17);
    assert.ok(!page.includes('<b>no room'));
  });

  for (const [width, scheme] of [
    [1180, 'light'],
    [360, 'dark'],
  ] as const)
    it(`fits ${width} px, loads nothing, and says what was found`, async (context) => {
      const missing = browser.missing();
      if (missing !== null) return context.skip(missing);
      await using opened = await browser.open({ width, scheme });
      const { page, noise } = opened;
      await page.setContent(await renderCompare(data));
      assert.deepEqual(noise, []);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      assert.match(
        (await page.textContent('h1'))!,
        /jemalloc is slower than glibc in 1 and faster in 3 of 14 cells/,
      );
      const labels = await page
        .locator('figure [role=img]')
        .evaluateAll((nodes) => nodes.map((node) => node.getAttribute('aria-label')));
      assert.equal(labels.length, 2);
      for (const label of labels) assert.match(label!, /The data stand in the table below/);
      assert.equal(await page.locator('#cells tbody tr').count(), 16);
      assert.match((await page.textContent('#environment tbody'))!, /allocatorglibcjemalloc/);
    });
});
