/** The page as a browser shows it: no network, no script, no overflow, readable at 1280 and 390 px, light and dark. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { renderReport } from '../src/report/index.ts';
import type { ReportData } from '../src/report/types.ts';
import { launchChromium } from './support/chromium.ts';
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

let browser: Browser | string = 'not started';
before(async () => {
  browser = await launchChromium();
});
after(async () => {
  if (typeof browser !== 'string') await browser.close();
});

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Requests and console messages; a good page makes none. */
  readonly noise: string[];
}

async function open(data: ReportData, width: number, colorScheme: 'light' | 'dark'): Promise<Opened> {
  assert.ok(typeof browser !== 'string');
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, offline: true });
  const page = await context.newPage();
  const noise: string[] = [];
  page.on('request', (request) => noise.push(`request ${request.url().slice(0, 80)}`));
  page.on('console', (message) => noise.push(`console ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error ${error.message}`));
  page.on('dialog', (dialog) => noise.push(`dialog ${dialog.message()}`));
  await page.setContent(renderReport(data), { waitUntil: 'load' });
  return { page, noise, [Symbol.asyncDispose]: () => context.close() };
}

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
    for (const width of [1280, 768, 390]) {
      for (const scheme of ['light', 'dark'] as const) {
        it(`is whole and silent at ${width} px, ${scheme}`, async (context) => {
          if (typeof browser === 'string') return context.skip(browser);
          await using opened = await open(make(), width, scheme);
          assert.deepEqual(await opened.page.evaluate(layoutProblems), []);
          await opened.page.evaluate(
            'document.querySelectorAll("details").forEach((one) => (one.open = true))',
          );
          assert.deepEqual(await opened.page.evaluate(layoutProblems), [], 'with everything unfolded');
          assert.deepEqual(opened.noise, []);
        });
      }
    }
  });
}

describe('page', () => {
  it('answers in its first screen', async (context) => {
    if (typeof browser === 'string') return context.skip(browser);
    await using opened = await open(twoCoreData(), 1280, 'light');
    for (const selector of ['h1', '.lede', '.tiles', '.command']) {
      const box = await opened.page.locator(selector).boundingBox();
      assert.ok(box && box.y + box.height < 900, `${selector} is below the first screen`);
    }
  });

  it('unfolds by keyboard', async (context) => {
    if (typeof browser === 'string') return context.skip(browser);
    await using opened = await open(twoCoreData(), 1280, 'light');
    await opened.page.locator('figure summary').first().focus();
    await opened.page.keyboard.press('Enter');
    assert.equal(await opened.page.locator('figure details[open] table').first().isVisible(), true);
  });

  it('paints dark pages dark and printed pages light', async (context) => {
    if (typeof browser === 'string') return context.skip(browser);
    await using opened = await open(twoCoreData(), 1280, 'dark');
    const background = 'getComputedStyle(document.body).backgroundColor';
    assert.equal(await opened.page.evaluate(background), 'rgb(20, 23, 27)');
    await opened.page.emulateMedia({ media: 'print' });
    assert.equal(await opened.page.evaluate(background), 'rgb(255, 255, 255)');
  });
});
