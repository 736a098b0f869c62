/** Results of a project folder that were made elsewhere and came in by a bundle. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { StoreReader } from '../src/store/index.ts';
import { fillProject, machineRecord, resultRecords } from './support/records.ts';

const work = mkdtempSync(join(tmpdir(), 'thinfer-results-'));
after(() => rmSync(work, { recursive: true, force: true }));

it('the newest result is the one that was made last, not the one that was imported last', () => {
  const machine = machineRecord();
  for (const day of [2, 3, 1]) {
    const madeAt = `2026-01-0${day}T00:00:00.000Z`;
    fillProject(work, [
      machine,
      ...resultRecords(machine.hash, [{ of: 'sweep', subject: 'm', json: day, madeAt }]),
    ]);
  }
  using store = StoreReader.openToRead(work);
  assert.deepEqual(
    store.results('sweep', 'm').map(({ json }) => json),
    [3, 2, 1],
  );
  assert.equal(store.latestResult('sweep', 'm')?.json, 3);
});
