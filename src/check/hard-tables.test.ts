/** Tables that look wrong and aren't: nothing is found in them, and slips in them are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hardKinds, hardTable, plantSlip } from '../../test/support/hard-tables.ts';
import { csvOf, type TextTable } from '../../test/support/result-tables.ts';
import { parseResults } from '../table/results/index.ts';
import { checkSheets, type Sheet, sheetOfResults } from './index.ts';

const seedsFrom = (first: number): number[] => Array.from({ length: 20 }, (_, index) => first + index);
const sheetOf = (table: TextTable): Sheet =>
  sheetOfResults(parseResults(csvOf(table), table.name, { unknown: 'keep' }));

it('equal numbers are no copies where all lie as close together', () => {
  const values = ['10.0012', '10.0043', '10.0031', '10.0012', '10.0025', '10.0038'];
  const table = { name: 'close.csv', header: ['Model', 'Latency (ms)'], rows: values.map((value, index) => [`m${index}`, value]) };
  assert.deepEqual(checkSheets([sheetOf(table)]).findings, []);
}); // biome-ignore format: one line a part

it('two headings that were exchanged are one finding, which names both', () => {
  const rows = [1, 2, 4, 8].map((batch) => [batch, batch * 3, batch * 2, batch].map(String));
  const table = { name: 'swapped.csv', header: ['batch', 'min (ms)', 'mean (ms)', 'max (ms)'], rows };
  const { findings } = checkSheets([sheetOf(table)]);
  const told = findings.map(({ rule, expected, count }) => [rule, expected, count]);
  assert.deepEqual(told, [['order-of-statistics', '"min (ms)" and "max (ms)" the other way round', 4]]);
});

it('nodes and the GPUs in them are one step: a cell is told once', () => {
  const table = {
    name: 'nodes.csv',
    header: ['Nodes', 'GPUs', 'Tokens/s'],
    rows: [['1', '8', '1000'], ['2', '16', '1960'], ['4', '32', '5000']],
  };
  const { findings } = checkSheets([sheetOf(table)]);
  assert.deepEqual(findings.map(({ rule, cells }) => [rule, cells[0].value]), [['more-than-linear', '5000']]);
}); // biome-ignore format: one line a part

describe('tables that look wrong', () => {
  for (const kind of hardKinds) {
    it(`${kind.name}: nothing found in 20`, () => {
      for (const seed of seedsFrom(3000)) {
        const { findings } = checkSheets([sheetOf(hardTable(kind, seed))]);
        const told = findings.map(({ rule, text }) => `${rule}: ${text}`);
        assert.deepEqual(told, [], `seed ${seed}`);
      }
    });
    for (const slip of kind.slips)
      it(`${kind.name}: a slip in ${slip.column} found by ${slip.rule}, 19 times in 20`, () => {
        const missed = seedsFrom(4000).filter((seed) => {
          const table = hardTable(kind, seed);
          const line = plantSlip(table, slip, seed);
          const { findings } = checkSheets([sheetOf(table)]);
          return !findings.some(
            ({ rule, cells }) =>
              rule === slip.rule && cells.some((cell) => line === null || cell.line === line),
          );
        });
        assert.ok(missed.length <= 1, `missed with seeds ${missed.join(', ')}`);
      });
  }
});
