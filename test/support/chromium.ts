import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';

const candidates = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

function find(): string | undefined {
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/** A running Chromium, installed first where that is possible; a sentence that says why not otherwise. */
async function launchChromium(): Promise<Browser | string> {
  let message = '';
  if (!find()) {
    const script = resolve(import.meta.dirname, '../../scripts/install-chromium.sh');
    message = spawnSync(script, { encoding: 'utf8', timeout: 220_000 }).stdout?.trim() ?? '';
  }
  const executablePath = find();
  if (!executablePath) return message || 'Chromium is missing; set CHROMIUM_PATH to run the page tests';
  // Without a sandbox: containers and root refuse it, and the pages are our own.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  return chromium.launch({ executablePath, args, timeout: 60_000 });
}

/** How a page is looked at. */
export interface Look {
  /** In CSS pixels. Default: 1180. */
  readonly width?: number;
  /** Default: light. */
  readonly scheme?: 'light' | 'dark';
  /** Addresses that a page may load; default: those of files and of data within the page. */
  readonly own?: (url: string) => boolean;
}

/** An empty page; gone when it is disposed of. */
export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** Messages of the console, errors, dialogs, and requests to elsewhere; a good page makes none. */
  readonly noise: string[];
}

/** The Chromium of a test file. */
export interface TestBrowser {
  /** Why there is none; null: it runs. */
  readonly missing: () => string | null;
  readonly open: (look?: Look) => Promise<OpenedPage>;
}

/** Starts Chromium before the tests of a file, and ends it after them. */
export function useChromium(): TestBrowser {
  let browser: Browser | string = 'not started';
  before(async () => {
    // It outlives the single tests, which end whatever carries the mark of this file.
    const mark = process.env['THINFER_TEST_MARK'];
    delete process.env['THINFER_TEST_MARK'];
    browser = await launchChromium();
    if (mark !== undefined) process.env['THINFER_TEST_MARK'] = mark;
  });
  after(async () => {
    if (typeof browser !== 'string') await browser.close();
  });
  return {
    missing: () => (typeof browser === 'string' ? browser : null),
    open: (look) => {
      if (typeof browser === 'string') throw new Error(browser);
      return openPage(browser, look);
    },
  };
}

const isWithin = (url: string): boolean => /^(file|data|about):/.test(url);

async function openPage(browser: Browser, look: Look = {}): Promise<OpenedPage> {
  const { width = 1180, scheme: colorScheme = 'light', own = isWithin } = look;
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  const noise: string[] = [];
  page.on('request', (request) => {
    if (!own(request.url())) noise.push(`request ${request.url().slice(0, 80)}`);
  });
  page.on('console', (message) => noise.push(`console ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error ${error.message}`));
  page.on('dialog', (dialog) => noise.push(`dialog ${dialog.message()}`));
  return { page, noise, [Symbol.asyncDispose]: () => context.close() };
}
