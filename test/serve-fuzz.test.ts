import assert from 'node:assert/strict';
import { type CampaignOptions, runCampaign } from './support/fuzz/campaign.ts';
import { httpSender, startFuzzServer } from './support/fuzz/fuzz-server.ts';
import { GrpcFuzzer, grpcSender } from './support/fuzz/grpc-sender.ts';
import { HttpDriver } from './support/fuzz/http-driver.ts';
import { httpCaseOf } from './support/fuzz/http-plan.ts';
import { validCase } from './support/fuzz/infer-cases.ts';
import { Probe } from './support/fuzz/probe.ts';
import { Random } from './support/fuzz/random.ts';
import { dribble, openIdle } from './support/fuzz/slow-clients.ts';
import { bugsIn, childrenOf, descriptorsOf, rssBytesOf } from './support/fuzz/watch.ts';
import { processTest, type Scratch, until } from './support/process-test.ts';
import type { Serving } from './support/serve.ts';

const seed = Number(process.env['THINFER_FUZZ_SEED'] ?? 1);
/** What the server may take beyond what it held when it was warm: the garbage collector's freedom, and no trace of a leak a request. */
const mostGrowthBytes = 96 * 2 ** 20;

/** A server under fuzz that has to be whole at the end: alive, right, without bugs, lost instances or descriptors. */
async function fuzzed(
  scratch: Scratch,
  body: (server: Serving) => Promise<void>,
  words: readonly string[] = [],
): Promise<void> {
  const server = await startFuzzServer(scratch, words);
  const instances = childrenOf(server.pid);
  // Threads and what they hold come with the first requests.
  await runCampaign({ server, open: () => httpSender(server, seed + 1), from: 0, count: 300 });
  const descriptors = descriptorsOf(server.pid);
  const probe = new Probe(server);
  await body(server);
  assert.deepEqual(await probe.stop(), [], 'others were not served');
  await until('its descriptors to be closed', () => descriptorsOf(server.pid) <= descriptors + 4);
  assert.deepEqual(childrenOf(server.pid), instances, 'instances were lost');
  const { status, stderr } = await server.stop();
  assert.equal(status, 0, stderr);
  assert.deepEqual(bugsIn(stderr), []);
}

async function assertNothingFound(options: CampaignOptions): Promise<void> {
  const { findings, samples } = await runCampaign({ every: Math.floor(options.count / 4), ...options });
  assert.deepEqual(
    findings,
    [],
    `again: node bench/serve/fuzz.ts --seed ${seed} --from INDEX --requests 1 --grpc-share 0 (or 1 for gRPC)`,
  );
  const [, warm] = samples;
  const growth = rssBytesOf(options.server.pid) - warm!.rssBytes;
  assert.ok(growth < mostGrowthBytes, `the server grew by ${growth} bytes`);
}

processTest('the same seed gives the same requests', async () => {
  for (const index of [0, 1, 999, 123_456]) {
    const [one, two] = [httpCaseOf(seed, index).made, httpCaseOf(seed, index).made];
    assert.deepEqual(one.pieces, two.pieces);
  }
});

processTest('fuzzed REST, TorchServe and management: right answers or plain refusals', async (scratch) => {
  await fuzzed(scratch, (server) =>
    assertNothingFound({ server, open: () => httpSender(server, seed), from: 0, count: 1500 }),
  );
});

processTest('fuzzed gRPC: right answers or plain refusals', async (scratch) => {
  await fuzzed(scratch, async (server) => {
    const fuzzer = new GrpcFuzzer(server.grpc, seed);
    await assertNothingFound({ server, open: () => grpcSender(fuzzer), from: 0, count: 1000, senders: 32 });
    fuzzer.close();
  });
});

processTest('a thousand idle connections do not keep others from being served', async (scratch) => {
  await fuzzed(scratch, async (server) => {
    const http = Number(new URL(server.http).port);
    const sockets = [
      ...(await openIdle(http, 500)),
      ...(await openIdle(
        http,
        500,
        'POST /v2/models/tiny/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{',
      )),
    ];
    const driver = new HttpDriver(http);
    const random = new Random(3);
    for (let round = 0; round < 30; round++)
      assert.deepEqual((await driver.run(validCase(random))).problems, []);
    driver.close();
    for (const socket of sockets) socket.destroy();
  });
});

processTest('who sends too slowly is cut off, and nothing but 408 is said to it', async (scratch) => {
  const times = ['--limits-headers-time', '1s', '--limits-request-time', '2s'];
  await fuzzed(
    scratch,
    async (server) => {
      const http = Number(new URL(server.http).port);
      const head = 'POST /v2/models/tiny/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n';
      const slow = await Promise.all([
        dribble(http, Buffer.from(head), 100),
        dribble(http, Buffer.from(`${head}{"inputs":[${' '.repeat(4000)}`), 10),
      ]);
      for (const said of slow) assert.match(said, /^(HTTP\/1\.1 408 |$)/);
    },
    times,
  );
});
