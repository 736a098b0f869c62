/**
 * What `npm start` takes after `npm ci`: its wall time, and the most memory that all its processes had at once (the sum
 * of their proportional sets, shared pages once). Models are made anew, in a folder of its own. `node bench/start.ts`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { saveResult } from './support.ts';

const root = resolve(import.meta.dirname, '..');
const limits = { seconds: 240, bytes: 2 ** 31 };
const everyMs = 250;

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A process and all its descendants. */
function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const fields = readText(`/proc/${name}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ');
    parents.set(Number(name), Number(fields[1]));
  }
  const tree = [pid];
  for (const parent of tree) for (const [child, of] of parents) if (of === parent) tree.push(child);
  return tree;
}

const pssBytes = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readText(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;

const folder = mkdtempSync(join(tmpdir(), 'thinfer-start-'));
const began = performance.now();
const child = spawn(
  'npm',
  ['start', '--', '--project', join(folder, 'project'), '--cache', join(folder, 'models')],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  },
);
let peakBytes = 0;
const sampling = setInterval(() => {
  const bytes = processTree(child.pid!).reduce((sum, pid) => sum + pssBytes(pid), 0);
  peakBytes = Math.max(peakBytes, bytes);
}, everyMs);
const status = await new Promise<number | null>((settle) => child.once('close', settle));
clearInterval(sampling);
const seconds = (performance.now() - began) / 1000;
rmSync(folder, { recursive: true });
const result = {
  status,
  seconds,
  peakBytes,
  limits,
  withinLimits: status === 0 && seconds < limits.seconds && peakBytes < limits.bytes,
};
console.log(JSON.stringify(result));
saveResult('start', result);
