import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pointHash } from './point-settings.ts';
import type { PointSettings } from './types.ts';

const settings: PointSettings = {
  method: 1,
  model: { name: 'tiny', contentHash: 'e99f5c49' },
  engine: { name: 'onnxruntime', version: '1.30.0' },
  precision: 'fp32',
  optimization: 'all',
  spinAfterRun: false,
  threads: 2,
  batch: 8,
  dims: { sequence: 128, heads: 12 },
  mode: 'together',
  cores: 4,
  mapping: 'sequential',
  hardwareThreads: false,
  memoryPolicy: { mode: 'interleave', nodes: [0, 1] },
  cpuModel: 'A CPU',
  topology: '47d07d42',
};

/** The same object with the keys of every level in another order. */
function reordered(value: unknown, order: (keys: string[]) => string[]): unknown {
  if (Array.isArray(value)) return value.map((entry) => reordered(entry, order));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const byKey = new Map(entries.map(([key, entry]) => [key, reordered(entry, order)]));
  return Object.fromEntries(order([...byKey.keys()]).map((key) => [key, byKey.get(key)]));
}

describe('pointHash', () => {
  it('is the golden one: a change of it loses every stored point', () => {
    assert.equal(pointHash(settings), '1f3ae277859a32bbb586dd43aef2d809');
  });

  it('does not depend on the order of the keys, at any level', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const shuffle = (keys: string[]): string[] =>
          keys
            .map((key) => [numbers.next().value as number, key] as const)
            .sort(([a], [b]) => a - b)
            .map(([, key]) => key);
        assert.equal(pointHash(reordered(settings, shuffle) as PointSettings), pointHash(settings));
      }),
    );
  });

  it('survives JSON, as the database keeps it', () => {
    assert.equal(pointHash(JSON.parse(JSON.stringify(settings)) as PointSettings), pointHash(settings));
  });

  it('changes with every setting', () => {
    const changes: Partial<PointSettings>[] = [
      { method: 2 },
      { model: { ...settings.model, contentHash: 'other' } },
      { engine: { ...settings.engine, version: '1.31.0' } },
      { precision: 'int8' },
      { optimization: 'basic' },
      { spinAfterRun: true },
      { threads: 1 },
      { batch: 4 },
      { dims: { sequence: 64, heads: 12 } },
      { dims: {} },
      { mode: 'alone' },
      { cores: 8 },
      { mapping: 'interleave' },
      { hardwareThreads: true },
      { memoryPolicy: { mode: 'interleave', nodes: [1, 0] } },
      { memoryPolicy: { mode: 'default' } },
      { cpuModel: 'Another CPU' },
      { topology: 'other' },
    ];
    const hashes = changes.map((change) => pointHash({ ...settings, ...change }));
    assert.equal(new Set([pointHash(settings), ...hashes]).size, changes.length + 1);
    for (const hash of hashes) assert.match(hash, /^[0-9a-f]{32}$/);
  });
});
