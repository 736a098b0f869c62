/** A small site in Chromium: every chart’s marks are those of its CSV, and it reads without a mouse, on a phone, in print and in the dark. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Dataset, datasetsOfTables, type Utilisation } from '../src/dataset/index.ts';
import { drawSite, planSite, type SitePage } from '../src/report/site/index.ts';
import { parseTable } from '../src/table/index.ts';
import { useChromium } from './support/chromium.ts';
import { readCharts, type SeenChart } from './support/read-marks.ts';
import { cutTable } from './support/site.ts';

const folder = mkdtempSync(join(tmpdir(), 'thinfer-site-page-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const busy: Utilisation[] = [false, true].map((pinned) => ({
  label: pinned ? 'pinned' : 'not pinned',
  pinned,
  cpus: [0, 1],
  timesMs: [200, 400],
  busy: [[1, 0.9], [pinned ? 1 : 0, 0.02]],
})); // biome-ignore format: a table

/** Both mappings and optimizations of a few cells, a disturbed and a failed one among them. */
function smallSite(): SitePage[] {
  const tables = ['latency', 'throughput'].map((kind) => {
    const file = `bert/cloudlab/large-batches/bert_${kind}.csv`;
    return { name: file, file, table: parseTable(cutTable(file, [1, 2, 4, 8], [1, 16]), file) };
  });
  const [dataset] = datasetsOfTables(tables);
  const [first, ...others] = dataset!.cells;
  assert.equal(first!.state, 'measured');
  const failed = {
    ...others.at(-1)!,
    state: 'failed',
    failure: 'out-of-memory',
    message: 'The kernel ended it.',
  };
  const cells = [{ ...first!, trusted: false }, ...others.slice(0, -1), failed] as Dataset['cells'];
  const known = {
    flopsPerItem: 22e9,
    machine: { ...dataset!.machine, cores: 16, peakGflops: new Map([[1, 200], [2, 390], [4, 750], [8, 1400]]) },
  }; // biome-ignore format: a map
  const price = { perHour: 4.848, cores: 48 };
  const made = { ...dataset!, ...known, cells, utilisation: busy };
  return planSite({ datasets: [made], grids: [], price, only: null });
}

const [main, further] = ['bert-cloudlab-large-batches', 'bert-cloudlab-large-batches-further'] as const;
const urlOf = (page: string): string => `file://${join(folder, page, 'index.html')}`;

before(async () => {
  await drawSite(
    smallSite(),
    { versions: { thinfer: '0' }, madeAt: '2026-01-01T00:00:00.000Z' },
    {
      write: ({ name, content }) => {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), content);
      },
    },
  );
});

/** x, value and trust by rows of a chart's own CSV. */
function rowsOf(page: string, id: string): { x: number; value: number; trusted: boolean }[] {
  const [, ...rows] = readFileSync(join(folder, page, `${id}.csv`), 'utf8')
    .trim()
    .split('\r\n');
  return rows.map((row) => {
    const [, x, value, , , trusted] = row.split(',');
    return { x: Number(x), value: Number(value), trusted: trusted === 'true' };
  });
}

describe('a site in Chromium', () => {
  const browser = useChromium();

  for (const page of [main, further])
    it(`${page}: the marks of every chart are the values of its CSV`, async (context) => {
      const missing = browser.missing();
      if (missing !== null) return context.skip(missing);
      await using opened = await browser.open({ width: 1280 });
      await opened.page.goto(urlOf(page));
      const charts = await opened.page.evaluate<SeenChart[]>(readCharts);
      assert.ok(charts.length >= (page === main ? 15 : 5), `${charts.length} charts`);
      for (const { id, marks } of charts) {
        const rows = rowsOf(page, id);
        assert.equal(marks.length, rows.length, id);
        const largest = Math.max(...rows.map(({ value }) => Math.abs(value)));
        for (const [index, { x, value, trusted }] of rows.entries()) {
          const mark = marks[index]!;
          assert.ok(Math.abs(mark.x / x - 1) < 0.02, `${id}: ${mark.x} for ${x}`);
          assert.ok(
            Math.abs(mark.y - value) < 0.02 * largest || Math.abs(mark.y / value - 1) < 0.02,
            `${id}: ${mark.y} for ${value}`,
          );
          assert.equal(mark.title.endsWith(', disturbed'), !trusted, id);
        }
      }
      assert.deepEqual(opened.noise, []);
    });

  it('every chart is named, reached by keyboard, explained, and downloadable', async (context) => {
    const missing = browser.missing();
    if (missing !== null) return context.skip(missing);
    await using opened = await browser.open({ width: 1280 });
    const { page } = opened;
    await page.goto(urlOf(main));
    const figures = page.locator('figure');
    const count = await figures.count();
    assert.equal(count, 16);
    const chart = page.locator('figure .chart');
    const labels = await chart.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
    assert.equal(labels.length, count);
    for (const label of labels) assert.match(label, /^BERT .+: .+\. The data stand in the table below\.$/);
    await chart.first().focus();
    assert.equal(await page.evaluate('document.activeElement.className'), 'chart');
    assert.equal(await page.getByRole('img').count(), count);
    const links = await page
      .locator('a[href]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')!));
    for (const link of links.filter((one) => !one.startsWith('#')))
      assert.doesNotThrow(() => readFileSync(join(folder, main, decodeURIComponent(link))), link);
    for (const link of links.filter((one) => one.startsWith('#')))
      assert.equal(await page.locator(`[id="${link.slice(1)}"]`).count(), 1, link);
    assert.match(
      (await page.locator('#bert-latency-ratio-16 .formula').textContent())!,
      /\(interleave − sequential\) ÷ sequential × 100/,
    );
    const notes = await page.locator('.footnotes').allTextContents();
    assert.ok(notes.some((note) => /out of memory\. The kernel ended it\./.test(note)));
  });

  it('fits a phone in the dark, and paper', async (context) => {
    const missing = browser.missing();
    if (missing !== null) return context.skip(missing);
    await using opened = await browser.open({ width: 360, scheme: 'dark' });
    const { page, noise } = opened;
    for (const url of [urlOf(main), urlOf(further), `file://${join(folder, 'index.html')}`]) {
      await page.goto(url);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, url);
    }
    await page.goto(urlOf(main));
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(20, 23, 27)');
    assert.equal(await page.locator('figure .phone svg:visible').count(), 16);
    await page.emulateMedia({ media: 'print' });
    assert.equal(
      await page.evaluate('getComputedStyle(document.body).backgroundColor'),
      'rgb(255, 255, 255)',
    );
    assert.equal(await page.locator('nav.contents').isVisible(), false);
    assert.deepEqual(noise, []);
  });
});
