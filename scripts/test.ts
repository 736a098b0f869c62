/**
 * The test command: tests of pure code in parallel, then tests that start processes, two files at a time, but for those that measure: their
 * verdicts tell of what disturbed them.
 * `npm test -- PATTERN…` runs only the files whose path contains a pattern.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';

process.chdir(resolve(import.meta.dirname, '..'));
const patterns = process.argv.slice(2);
const wanted = (file: string): boolean =>
  patterns.length === 0 || patterns.some((word) => file.includes(word));

/** Files of tests that measure and judge what they measured, or look at what the machine does. */
const measures =
  /\/(profile|profile-disturbance|profile-visit|adaptive[^/]*|machine|placement|instance|cores-study|core-cells|study-sweep|contention)\.test\.ts$/;

function run(title: string, glob: string, concurrency: number, belongs = (_file: string) => true): number {
  const files = globSync(glob)
    .filter((file) => wanted(file) && belongs(file))
    .sort();
  if (files.length === 0) return 0;
  console.log(`\n${title}: ${files.length} files`);
  const reporter = process.stdout.isTTY ? 'spec' : 'dot';
  const args = [
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
  ];
  const summary =
    reporter === 'dot'
      ? ['--test-reporter=./scripts/summary-reporter.ts', '--test-reporter-destination=stdout']
      : [];
  const { status } = spawnSync(process.execPath, [...args, ...summary, '--test-timeout=240000', ...files], {
    stdio: 'inherit',
  });
  return status ?? 1;
}

const statuses = [
  run('pure code', 'src/**/*.test.ts', 2),
  run('processes', 'test/**/*.test.ts', 2, (file) => !measures.test(file)),
  run('processes that measure', 'test/**/*.test.ts', 1, (file) => measures.test(file)),
];
process.exitCode = Math.max(...statuses);
