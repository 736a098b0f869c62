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
