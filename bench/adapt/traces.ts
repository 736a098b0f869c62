/**
 * Sets that follow the load, on the published 16-core tables, in simulation: steps, bursts and days, for each policy the mean and the p99 of all
 * requests, beside the fat set, thin ones, Packrat's policy and the best set in hindsight. Deterministic; no machine is measured.
 * `node bench/adapt/traces.ts [--cores 16] [--seeds 1] [--load-cpu 3s]`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { saveResult, thinfer } from '../support.ts';
import { geometricMean } from './means.ts';
import { tables } from './tables.ts';

const { values } = parseArgs({
  options: {
    cores: { type: 'string', default: '16' },
    seeds: { type: 'string', default: '1' },
    'load-cpu': { type: 'string', default: '3s' },
  },
});

/** Rates are shares of what the best set answers in full batches that take no longer, of no more items. */
const mostLatencyMs = 250;
/** Rates as shares of it. */
const traces = (most: number) => [
  { name: 'steady, 10 %', words: ['--rate', at(most, 0.1), '--duration', '20m'] },
  { name: 'steady, 50 %', words: ['--rate', at(most, 0.5), '--duration', '20m'] },
  { name: 'steady, 85 %', words: ['--rate', at(most, 0.85), '--duration', '20m'] },
  {
    name: 'steps of 60 s, 10 and 80 %',
    words: ['--arrivals', `steps:${at(most, 0.1)}@60s,${at(most, 0.8)}@60s`, '--duration', '20m'],
  },
  {
    name: 'steps of 5 min, 5, 90 and 40 %',
    words: [
      '--arrivals',
      `steps:${at(most, 0.05)}@5m,${at(most, 0.9)}@5m,${at(most, 0.4)}@5m`,
      '--duration',
      '30m',
    ],
  },
  {
    name: 'bursts, 2 s in 10 s',
    words: ['--rate', at(most, 0.18), '--arrivals', 'bursts:on=2s,off=8s,low=0.1', '--duration', '20m'],
  },
  {
    name: 'bursts, 30 s in 2 min',
    words: ['--rate', at(most, 0.25), '--arrivals', 'bursts:on=30s,off=90s,low=0.1', '--duration', '30m'],
  },
  {
    name: 'a day in 20 min, 45 % in the mean',
    words: ['--rate', at(most, 0.45), '--arrivals', 'day:period=20m,low=0.1,noise=0.1', '--duration', '40m'],
  },
  {
    name: 'a day in 20 min, 15 % in the mean',
    words: ['--rate', at(most, 0.15), '--arrivals', 'day:period=20m,low=0.1,noise=0.2', '--duration', '40m'],
  },
];
const at = (most: number, share: number): string => String(Number((most * share).toPrecision(3)));
const policies = ['load', 'packrat', 'packrat-paper', 'fat', 'thin', 'best-static'];

interface Answer {
  readonly policies: readonly {
    readonly name: string;
    readonly groups: readonly unknown[];
    readonly latencyMs: { readonly mean: number; readonly p99: number };
    readonly changes: readonly unknown[];
  }[];
}

const project = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const rows: object[] = [];
try {
  for (const { model, words: named } of tables) {
    const table = [...named, '--cores', values.cores];
    const { best } = thinfer<{ best: { itemsPerSecond: number } }>(
      project,
      'plan',
      ...table,
      ...['--goal', 'throughput', '--latency', String(mostLatencyMs), '--largest-batch', '64'],
    );
    for (const { name, words } of traces(best.itemsPerSecond)) {
      const began = performance.now();
      const seen = Array.from({ length: Number(values.seeds) }, (_, seed) =>
        thinfer<Answer>(
          project,
          ...[
            'simulate',
            ...table,
            ...words,
            '--seed',
            String(seed + 1),
            '--load-cpu',
            values['load-cpu'],
            '--warmup',
            '2m',
            '--largest-batch',
            '64',
          ],
          ...policies.flatMap((policy) => ['--policy', policy]),
        ),
      );
      const of = (policy: string) => seen.map(({ policies: all }) => all.find((one) => one.name === policy)!);
      const row = Object.fromEntries(
        policies.map((policy) => [
          policy,
          {
            meanMs: geometricMean(of(policy).map(({ latencyMs }) => latencyMs.mean)),
            p99Ms: geometricMean(of(policy).map(({ latencyMs }) => latencyMs.p99)),
            changes: of(policy).map(({ changes }) => changes.length),
            groups: of(policy)[0]!.groups,
          },
        ]),
      );
      rows.push({ model, trace: name, words, policies: row });
      // As they come: all of them take half an hour.
      saveResult('adapt-traces', { ...values, rows });
      const own = row['load']!;
      const over = policies
        .slice(1)
        .map(
          (policy) =>
            `${policy} ${(row[policy]!.meanMs / own.meanMs).toFixed(2)} / ${(row[policy]!.p99Ms / own.p99Ms).toFixed(2)}`,
        );
      console.log(
        `${model}, ${name}: mean ${own.meanMs.toFixed(1)}, p99 ${own.p99Ms.toFixed(1)} ms, ${own.changes.join(' ')} changes; mean and p99 of others over it: ${over.join(', ')} (${((performance.now() - began) / 1000).toFixed(0)} s)`,
      );
    }
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
