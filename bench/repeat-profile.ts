/**
 * Profiles a model twice, each into a project folder of its own, and compares the medians of the points that no verdict
 * doubts: within 3 %, or within their joint interval. `node bench/repeat-profile.ts [MODEL] [ITEMS]`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Point } from '../src/profile/index.ts';
import { overlaps } from '../src/stats/index.ts';
import { saveResult } from './support.ts';

const [model = 'resnet50', items = '16'] = process.argv.slice(2);
const bin = resolve(import.meta.dirname, '..', 'bin', 'thinfer.js');

function profileOnce(): Point[] {
  const project = mkdtempSync(join(tmpdir(), 'thinfer-repeat-'));
  const args = [bin, 'profile', model, '--items', items, '--project', project, '--json', '--quiet'];
  const { points } = JSON.parse(
    execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 }),
  );
  rmSync(project, { recursive: true });
  return points;
}

const [before, after] = [profileOnce(), profileOnce()];
const rows = before.flatMap((a) => {
  const b = after.find(({ hash }) => hash === a.hash);
  if (a.state !== 'measured' || b?.state !== 'measured') return [];
  const ratio = b.stats.medianMs / a.stats.medianMs;
  const agrees = Math.abs(ratio - 1) <= 0.03 || overlaps(a.stats.interval, b.stats.interval);
  const { threads, batch, mode } = a.settings;
  const doubted = [...a.verdict.disturbances, ...b.verdict.disturbances].map(({ kind }) => kind);
  return [{ threads, batch, mode, ratio, intervals: [a.stats.interval, b.stats.interval], agrees, doubted }];
});
const trusted = rows.filter(({ doubted }) => doubted.length === 0);
for (const { threads, batch, mode, ratio, agrees, doubted } of rows)
  console.log(
    `${threads} threads × batch ${batch} ${mode}: ratio ${ratio.toFixed(3)} ${agrees ? 'agrees' : 'DIFFERS'}${doubted.length > 0 ? ` (doubted: ${doubted.join(', ')})` : ''}`,
  );
const summary = {
  model,
  points: rows.length,
  undisturbed: trusted.length,
  undisturbedThatAgree: trusted.filter(({ agrees }) => agrees).length,
};
console.log(JSON.stringify(summary));
saveResult(`repeat-profile-${model}`, { ...summary, rows });
