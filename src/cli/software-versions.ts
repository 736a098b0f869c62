import { describeEngine } from '../engine/index.ts';
import { version } from './version.ts';

/** Versions of everything that takes part in measuring. */
export function softwareVersions(engine: string): Record<string, string> {
  const { name, version: engineVersion } = describeEngine(engine);
  return { thinfer: version(), node: process.versions.node, v8: process.versions.v8, [name]: engineVersion };
}
