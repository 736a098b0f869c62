import { readFileSync } from 'node:fs';
import { describeEngine } from '../engine/index.ts';

/** thinfer's own version. */
export function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** Versions of everything that takes part in measuring. */
export function softwareVersions(engine: string): Record<string, string> {
  const { name, version: engineVersion } = describeEngine(engine);
  return { thinfer: version(), node: process.versions.node, v8: process.versions.v8, [name]: engineVersion };
}
