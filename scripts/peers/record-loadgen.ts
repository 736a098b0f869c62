/**
 * Runs the tests of `test/peers/loadgen-jobs.ts` on the real LoadGen and writes what it did and said to `test/fixtures/loadgen/`: what
 * `test/mlperf.test.ts` compares thinfer with.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runLoadGen } from '../../test/peers/loadgen.ts';
import { loadGenJobs } from '../../test/peers/loadgen-jobs.ts';

const folder = resolve(import.meta.dirname, '../../test/fixtures/loadgen');
mkdirSync(folder, { recursive: true });
for (const [name, job] of Object.entries(loadGenJobs)) {
  const record = runLoadGen(resolve(import.meta.dirname, 'loadgen.sh'), job);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(record)}\n`);
  console.log(`${name}: ${record.samples.length} samples`);
}
