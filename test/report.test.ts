/** The page as a browser shows it: no network, no script, no overflow, readable at 1280 and 390 px, light and dark. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderReport } from '../src/report/index.ts';
import type { ReportData } from '../src/report/types.ts';
import { type Look, type OpenedPage, useChromium } from './support/chromium.ts';
import {
  onePointData,
  planOnlyData,
  profileOnlyData,
  sixteenCoreData,
  twoCoreData,
} from './support/report-data.ts';

const cases: [string, () => ReportData][] = [
  ['2 cores', twoCoreData],
  ['16 cores', sixteenCoreData],
  ['profile only', profileOnlyData],
  ['plan only', planOnlyData],
  ['one point', onePointData],
];

const browser = useChromium();

/** Drawn once for all looks at it. */
const drawn = new Map<() => ReportData, string>();

async function open(make: () => ReportData, look: Look): Promise<OpenedPage> {
  const text = drawn.get(make) ?? renderReport(make());
  drawn.set(make, text);
  const opened = await browser.open(look);
  await opened.page.setContent(text, { waitUntil: 'load' });
  return opened;
}

/** Every width once, and both schemes; no scheme moves anything. */
const looks: readonly Look[] = [
  { width: 1280, scheme: 'light' },
  { width: 768, scheme: 'light' },
  { width: 390, scheme: 'dark' },
];

/** Runs in the page: what is wrong with its layout, in words. The types of the DOM are not loaded in this project. */
const layoutProblems = `(() => {
  const problems = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) problems.push('the page scrolls sideways');
  for (const figure of document.querySelectorAll('figure')) {
    if (!figure.checkVisibility()) continue;
    const shown = [...figure.querySelectorAll('.chart svg')].filter((svg) => svg.checkVisibility());
    if (shown.length !== 1) problems.push(figure.id + ': ' + shown.length + ' charts show');
    for (const svg of shown) {
      const box = svg.getBoundingClientRect();
      if (box.width < 300 || box.height < 60) problems.push(figure.id + ': chart of ' + box.width + ' x ' + box.height);
      const scale = svg.getScreenCTM().a;
      for (const text of svg.querySelectorAll('text')) {
        const { left, right } = text.getBoundingClientRect();
        if (left < -1 || right > width + 1) problems.push(figure.id + ': "' + text.textContent + '" leaves the page');
        const size = parseFloat(getComputedStyle(text).fontSize) * scale;
        if (size < 10) problems.push(figure.id + ': "' + text.textContent + '" at ' + size + ' px');
      }
    }
  }
  return problems;
})()`;

for (const [name, make] of cases) {
  describe(`page of ${name}`, () => {
    for (const look of looks) {
      it(`is whole and silent at ${look.width} px, ${look.scheme}`, async (context) => {
        const missing = browser.missing();
        if (missing !== null) return context.skip(missing);
        await using opened = await open(make, look);
        assert.deepEqual(await opened.page.evaluate(layoutProblems), []);
        await opened.page.evaluate(
          'document.querySelectorAll("details").forEach((one) => (one.open = true))',
        );
        assert.deepEqual(await opened.page.evaluate(layoutProblems), [], 'with everything unfolded');
        assert.deepEqual(opened.noise, []);
      });
    }
  });
}

describe('page', () => {
  it('answers in its first screen', async (context) => {
    const missing = browser.missing();
    if (missing !== null) return context.skip(missing);
    await using opened = await open(twoCoreData, { width: 1280, scheme: 'light' });
    for (const selector of ['h1', '.lede', '.tiles', '.command']) {
      const box = await opened.page.locator(selector).boundingBox();
      assert.ok(box && box.y + box.height < 900, `${selector} is below the first screen`);
    }
  });

  it('unfolds by keyboard', async (context) => {
    const missing = browser.missing();
    if (missing !== null) return context.skip(missing);
    await using opened = await open(twoCoreData, { width: 1280, scheme: 'light' });
    await opened.page.locator('figure summary').first().focus();
    await opened.page.keyboard.press('Enter');
    assert.equal(await opened.page.locator('figure details[open] table').first().isVisible(), true);
  });

  it('paints dark pages dark and printed pages light', async (context) => {
    const missing = browser.missing();
    if (missing !== null) return context.skip(missing);
    await using opened = await open(twoCoreData, { width: 1280, scheme: 'dark' });
    const background = 'getComputedStyle(document.body).backgroundColor';
    assert.equal(await opened.page.evaluate(background), 'rgb(20, 23, 27)');
    await opened.page.emulateMedia({ media: 'print' });
    assert.equal(await opened.page.evaluate(background), 'rgb(255, 255, 255)');
  });
});
