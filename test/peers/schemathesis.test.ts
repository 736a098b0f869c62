import assert from 'node:assert/strict';
import { bugsIn } from '../support/fuzz/watch.ts';
import { usePeer } from '../support/peers.ts';
import { processTest } from '../support/process-test.ts';
import { runSchemathesis } from '../support/schemathesis.ts';
import { startServe } from '../support/serve.ts';

const schemathesis = usePeer('schemathesis');

processTest(
  'requests made from the OpenAPI documents get answers that fit them',
  async (scratch, context) => {
    if (schemathesis.skip !== false) return context.skip(schemathesis.skip);
    const server = await startServe(scratch, [
      ...['tiny', '--engine', 'null', '--config', '1x1x8', '--shared-memory', 'on', '--log-level', 'debug'],
    ]);
    const model = { name: 'tiny', version: '1' };
    for (const [name, listener, token] of [
      ['inference', server.http, undefined],
      ['management', server.management, server.token],
    ] as const)
      await context.test(`${name} listener`, async () => {
        const more = token === undefined ? {} : { token };
        const run = await runSchemathesis(schemathesis.command, scratch, listener, {
          ...{ seconds: 8, seed: 1, model },
          ...more,
        });
        assert.equal(run.status, 0, run.stdout);
        assert.ok(run.cases > 100, run.stdout);
      });
    assert.equal((await server.stop()).status, 0);
    assert.deepEqual(bugsIn(server.log()), []);
  },
);
