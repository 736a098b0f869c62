import { chromium } from 'playwright-core';
const [, , url, out, w = '1200', scheme = 'light', full = '1', y = '0'] = process.argv;
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const p = await b.newPage({ viewport: { width: +w, height: 1100 }, colorScheme: scheme });
await p.goto('file://' + url);
if (+y) await p.evaluate((v) => window.scrollTo(0, v), +y);
await p.screenshot({
  path: out,
  fullPage: full === '1',
  ...(full === '1' ? { clip: { x: 0, y: 0, width: +w, height: 3600 } } : {}),
});
console.log(await p.evaluate(() => document.documentElement.scrollHeight));
await b.close();
