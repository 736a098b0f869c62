import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isNestedDeeper } from './is-nested-deeper.ts';

it('nesting is counted in lists and objects, and not in texts', () => {
  const cases: [value: unknown, depth: number][] = [
    [7, 0],
    ['[[[{{{', 0],
    [[], 1],
    [[[], [[]], []], 3],
    [{ a: [{ b: ']}"[[\\' }, '\\"[['] }, 3],
    [{ '[[[': '\\' }, 1],
  ];
  for (const [value, depth] of cases) {
    const json = Buffer.from(JSON.stringify(value));
    assert.equal(isNestedDeeper(json, depth), false, json.toString());
    if (depth > 0) assert.equal(isNestedDeeper(json, depth - 1), true, json.toString());
  }
});
