/**
 * Time and most memory of `thinfer export`, `import` and `compare` over a database of 10,000 points in five visits of sixty runs each.
 * Limit: 500 MB of memory. `node bench/bundle.ts [POINTS]`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fillProject, projectRecords } from '../test/support/records.ts';
import { saveResult } from './support.ts';

const points = Number(process.argv[2] ?? 10_000);
const limitBytes = 500e6;
const folder = mkdtempSync(join(tmpdir(), 'thinfer-bundle-'));
const path = (name: string): string => join(folder, name);
const batches = Array.from({ length: Math.ceil(points / 10) }, (_, index) => index + 1);
const threads = Array.from({ length: 10 }, (_, index) => index + 1);

/** Runs a command and gives its wall time and the most memory that it had resident. */
function measure(...words: string[]): {
  readonly words: string;
  readonly seconds: number;
  readonly bytes: number;
} {
  const began = performance.now();
  // The program reports its own peak: a wrapper's would be that of the wrapper.
  const peak =
    'process.on("exit",()=>require("fs").writeSync(2,"peak "+process.resourceUsage().maxRSS+String.fromCharCode(10)))';
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,import{createRequire}from"node:module";const require=createRequire("/");${encodeURIComponent(peak)}`,
      resolve(import.meta.dirname, '../bin/thinfer.js'),
      ...words,
      '--quiet',
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  const kilobytes = Math.max(...Array.from(stderr.matchAll(/^peak (\d+)$/gm), (match) => Number(match[1])));
  return { words: words[0]!, seconds: (performance.now() - began) / 1000, bytes: kilobytes * 1024 };
}

try {
  for (const [name, seed] of [
    ['a', 1],
    ['b', 2],
  ] as const)
    fillProject(path(name), projectRecords({ threads, batches, visits: 5, runs: 60, seed }));
  const runs = [
    measure('export', '--project', path('a'), '--out', path('a.jsonl.gz')),
    measure('import', path('a.jsonl.gz'), '--project', path('c')),
    measure('import', path('a.jsonl.gz'), '--project', path('c')),
    measure('compare', path('a'), path('b'), '--project', path('d')),
  ];
  const bundleBytes = statSync(path('a.jsonl.gz')).size;
  for (const { words, seconds, bytes } of runs)
    console.log(
      `${words.padEnd(8)} ${seconds.toFixed(1)} s, ${(bytes / 1e6).toFixed(0)} MB${bytes > limitBytes ? ', above the limit' : ''}`,
    );
  console.log(`bundle   ${(bundleBytes / 1e6).toFixed(1)} MB for ${points} points`);
  saveResult('bundle', {
    points,
    visits: 5,
    runsPerVisit: 60,
    bundleBytes,
    commands: runs.map(({ words, ...rest }) => ({ command: words, ...rest })),
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
