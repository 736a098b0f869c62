import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

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
export async function launchChromium(): Promise<Browser | string> {
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
