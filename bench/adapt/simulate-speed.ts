/**
 * How fast `thinfer simulate` is, on the published 16-core tables: hours of traffic for each second of CPU time, the start of the command included.
 * `node bench/adapt/simulate-speed.ts [--duration 30m]`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { saveResult, thinfer } from '../support.ts';
import { tables } from './tables.ts';

const { values } = parseArgs({ options: { duration: { type: 'string', default: '30m' } } });

/** Rates that the best set of each table answers with room to spare; the steps do so, too, or nearly. */
const rates: Record<string, { readonly mean: number; readonly steps: string }> = {
  BERT: { mean: 60, steps: 'steps:30@60s,300@60s' },
  'ResNet-50': { mean: 80, steps: 'steps:20@60s,200@60s' },
};
const shapes = ({ mean, steps }: { readonly mean: number; readonly steps: string }) => [
  { name: 'steady', words: ['--rate', String(mean)] },
  { name: 'steps', words: ['--arrivals', steps] },
  { name: 'bursts', words: ['--rate', String(mean), '--arrivals', 'bursts:on=2s,off=8s,low=0.1'] },
  { name: 'day', words: ['--rate', String(mean), '--arrivals', 'day:period=30m,low=0.1,noise=0.1'] },
];
const policies = ['--policy', 'load', '--policy', 'best-static'];

/** CPU time of the commands that have ended, in s: fields 16 and 17 of proc(5)'s stat, in hundredths. */
function childrenCpuS(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const project = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const rows: object[] = [];
try {
  for (const { model, words: table } of tables)
    for (const { name, words } of shapes(rates[model]!)) {
      const before = childrenCpuS();
      const { load } = thinfer<{ load: { durationMs: number; requests: number } }>(
        project,
        ...['simulate', ...table, '--cores', '16', ...words, '--duration', values.duration, ...policies],
      );
      const cpuS = childrenCpuS() - before;
      const hoursPerCpuS = load.durationMs / 3_600_000 / cpuS;
      rows.push({ model, trace: name, words, requests: load.requests, cpuS, hoursPerCpuS });
      console.log(
        `${model}, ${name}, load and best-static: ${load.requests} requests in ${cpuS.toFixed(1)} s of CPU time, ${hoursPerCpuS.toFixed(3)} hours per second`,
      );
    }
} finally {
  rmSync(project, { recursive: true, force: true });
}
saveResult('adapt-simulate-speed', { ...values, rows });
