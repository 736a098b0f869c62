import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { usePeer } from '../support/peers.ts';
import { processTest } from '../support/process-test.ts';
import { compareOutcomes } from './compare-outcomes.ts';
import { deviations } from './deviations.ts';
import { type Outcomes, runConformance } from './run-conformance.ts';
import { servePeerModels } from './serve-peer-models.ts';

const client = usePeer('tritonclient');
const { outcomes: triton } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../fixtures/triton/outcomes.json'), 'utf8'),
) as { readonly outcomes: Outcomes };

processTest(
  "Triton's clients find what they find at Triton, but for what we list",
  async (scratch, context) => {
    if (client.skip !== false) return context.skip(client.skip);
    const { stop, management, ...server } = await servePeerModels(scratch, { sharedMemory: true });
    const ours = await runConformance(client.command, { ...server, managementHttp: management });
    await stop();
    assert.deepEqual(
      Object.keys(triton).filter((key) => !(key in ours)),
      [],
      'checks were not made',
    );
    const problems = compareOutcomes(ours, triton, deviations);
    assert.ok(problems.length === 0, `${problems.length} outcomes are wrong:\n${problems.join('\n')}`);
  },
);

processTest('clients can name no shared memory where it is off', async (scratch, context) => {
  if (client.skip !== false) return context.skip(client.skip);
  const { stop, ...server } = await servePeerModels(scratch, { only: ['fixed'], sharedMemory: false });
  const ours = await runConformance(client.command, { ...server, only: 'memory.' });
  await stop();
  const harmless = ['memory.cuda-status', 'memory.unregister-unknown'];
  for (const [key, { status, message }] of Object.entries(ours)) {
    const refused = ['400', '404', 'INVALID_ARGUMENT', 'NOT_FOUND'].includes(status);
    assert.equal(refused, !harmless.includes(key.split(' ')[0]!), `${key}: ${status} ${message}`);
  }
});
