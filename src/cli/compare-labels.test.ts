import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { describeSides } from './compare-labels.ts';
import { compareReportFile } from './compare-report-file.ts';
import { parseSide } from './compare-side-name.ts';
import type { Side } from './compare-sides.ts';

const sideOf = (text: string): Side => ({
  name: parseSide(text, '.thinfer', {}),
  kind: 'table',
  cells: [],
  older: 0,
  facts: [],
});

const labels = (a: string, b: string): string[] => {
  const found = describeSides(sideOf(a), sideOf(b));
  return [found.a.label, found.b.label];
};

const fileOf = (a: string, b: string, vary: string[] = []): string =>
  basename(compareReportFile('.thinfer', { a: sideOf(a), b: sideOf(b), vary }));

describe('what sides of one name are called', () => {
  it('are the folders that tell them apart', () => {
    assert.deepEqual(labels('mon/l.csv', 'tue/l.csv'), ['mon/l.csv', 'tue/l.csv']);
    assert.deepEqual(labels('mon/x/l.csv', 'tue/x/l.csv'), ['mon/…/l.csv', 'tue/…/l.csv']);
    assert.deepEqual(labels('l.csv', 'm.csv'), ['l.csv', 'm.csv']);
    assert.deepEqual(labels('l.csv:ht=true', 'l.csv:ht=false'), ['on', 'off']);
  });

  it('is another file for each comparison', () => {
    assert.equal(fileOf('mon/l.csv', 'tue/l.csv'), 'compare-mon-l.csv-tue-l.csv.html');
    assert.equal(
      fileOf(':allocator=glibc,mode=alone', ':allocator=jemalloc,mode=alone'),
      'compare-allocator-glibc-allocator-jemalloc-mode-alone.html',
    );
    assert.equal(
      fileOf('l.csv:ht=true', 'l.csv:ht=false', ['precision']),
      'compare-l.csv-ht-on-ht-off-vary-precision.html',
    );
    const long = (name: string): string => fileOf(`${'deep/'.repeat(60)}${name}.csv`, 'l.csv');
    assert.ok(long('a').length < 100 && long('a') !== long('b'));
  });
});
