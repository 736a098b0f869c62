import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { HttpListener, inferenceClasses, oipRoutes, RouteTable } from '../src/serve/http/index.ts';
import {
  countAnswer,
  Monitor,
  metricsRoutes,
  recorderOf,
  TorchServeCounts,
} from '../src/serve/metrics/index.ts';
import { EchoCore } from './support/echo-core.ts';
import { processTest, until } from './support/process-test.ts';
import { type Serving, startServe } from './support/serve.ts';

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Map<string, number>;
}

const sampleLine = /^([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)$/i;

/** Reads the text format strictly: a type and a help before the samples of each family, nothing twice. */
function parse(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  let current = '';
  assert.ok(text.endsWith('\n'));
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, comment, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (comment === 'HELP') helps.set(name, rest);
    else if (comment === 'TYPE') {
      assert.ok(!families.has(name), `${name} twice`);
      families.set(name, { type: rest, help: helps.get(name)!, samples: new Map() });
      current = name;
    } else {
      const [, sample = '', labels = '', value = ''] =
        sampleLine.exec(line) ?? assert.fail(`not a sample: ${line}`);
      const family = families.get(current)!;
      const ends = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      assert.ok(
        ends.some((end) => sample === current + end),
        `${sample} is not of ${current}`,
      );
      const key = `${sample}{${labels}}`;
      assert.ok(!family.samples.has(key), `${key} twice`);
      assert.ok(Number.isFinite(Number(value)), line);
      family.samples.set(key, Number(value));
    }
  }
  return families;
}

async function scrape(url: string): Promise<Map<string, Family>> {
  const answer = await fetch(`${url}/metrics`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return parse(await answer.text());
}

/** The value of a sample, whatever the order of its labels. */
function sampleOf(families: Map<string, Family>, name: string, labels: Record<string, string> = {}): number {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const found = [...(family?.samples ?? [])].filter(
    ([key]) => key.startsWith(`${name}{`) && wanted.every((part) => key.includes(part)),
  );
  assert.equal(found.length, 1, `${name} ${JSON.stringify(labels)}: ${found.length} samples`);
  return found[0]![1];
}

const tensor = (items: number): string =>
  JSON.stringify({
    inputs: [
      { name: 'input', shape: [items, 3, 8, 8], datatype: 'FP32', data: Array(items * 192).fill(0.5) },
    ],
  });

async function infer({ http }: Serving, body: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(`${http}/v2/models/tiny/infer`, { method: 'POST', body, headers });
  await answer.arrayBuffer();
  return answer.status;
}

test('what Triton counts has Triton’s names, types, helps and labels', async (t) => {
  const core = new EchoCore();
  const monitor = new Monitor(core);
  t.after(() => monitor.close());
  const routes = new RouteTable(metricsRoutes({ monitor, torchServe: new TorchServeCounts() }));
  const listener = await HttpListener.open({ core, routes, classes: inferenceClasses, port: 0 });
  t.after(() => listener.close(0));
  const ours = await scrape(listener.url);
  const theirs = parse(readFileSync(join(import.meta.dirname, 'fixtures/metrics/triton-2.51.txt'), 'utf8'));
  const namesOf = (key: string): string => key.replace(/"[^"]*"/g, '');
  for (const [name, { type, help, samples }] of theirs) {
    // There is no pinned memory: no GPU.
    if (name.startsWith('nv_pinned_memory')) continue;
    const own = ours.get(name);
    assert.ok(own, `${name} is missing`);
    assert.deepEqual([own.type, own.help], [type, help]);
    const ofOne = [...own.samples.keys()].filter(
      (key) => !key.includes('model=') || key.includes('"id_FP32"'),
    );
    assert.deepEqual(ofOne.map(namesOf).toSorted(), [...samples.keys()].map(namesOf).toSorted(), name);
  }
});

test('docs/serving-metrics.md names all metrics, and no others, with their types', async (t) => {
  const core = new EchoCore();
  const monitor = new Monitor(core);
  t.after(() => monitor.close());
  const routes = new RouteTable(metricsRoutes({ monitor, torchServe: new TorchServeCounts() }));
  const listener = await HttpListener.open({ core, routes, classes: inferenceClasses, port: 0 });
  t.after(() => listener.close(0));
  const page = readFileSync(join(import.meta.dirname, '../docs/serving-metrics.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `(\w+)` *\| (counter|gauge|histogram) /gm)];
  assert.deepEqual(
    documented.map(([, name, type]) => `${name} ${type}`).toSorted(),
    [...(await scrape(listener.url))].map(([name, { type }]) => `${name} ${type}`).toSorted(),
  );
});

test('labels are escaped, and answers are counted by protocol and status alone', async (t) => {
  const core = new EchoCore();
  (core.models[0] as { name: string }).name = 'a"b\\c\nd';
  const monitor = new Monitor(core);
  t.after(() => monitor.close());
  const routes = new RouteTable([
    ...oipRoutes(),
    ...metricsRoutes({ monitor, torchServe: new TorchServeCounts() }),
  ]);
  const listener = await HttpListener.open({
    ...{ core, routes, classes: inferenceClasses, port: 0 },
    onAnswered: countAnswer,
  });
  t.after(() => listener.close(0));
  for (let index = 0; index < 50; index++)
    await fetch(`${listener.url}/v2/models/unknown-${index}`).then((answer) => answer.arrayBuffer());
  await fetch(`${listener.url}/nothing`).then((answer) => answer.arrayBuffer());
  const families = await scrape(listener.url);
  assert.ok(
    [...families.get('nv_inference_count')!.samples.keys()].some((key) =>
      key.includes('model="a\\"b\\\\c\\nd"'),
    ),
  );
  assert.equal(sampleOf(families, 'thinfer_requests_total', { protocol: 'oip', status: '404' }), 50);
  assert.equal(sampleOf(families, 'thinfer_requests_total', { protocol: 'none', status: '404' }), 1);
  assert.ok(
    !JSON.stringify([...families.values()].map(({ samples }) => [...samples.keys()])).includes('unknown-'),
  );
});

test('failures are told by reason, and what nobody has told a code for did not fit the model', async (t) => {
  const core = new EchoCore();
  const { counts, name } = core.models[0]!;
  const recorder = recorderOf(counts);
  recorder.failed('overloaded', false);
  recorder.failed('late', false);
  recorder.failed('late', true);
  recorder.failed('interrupted', true);
  recorder.failed('engine-failed', true);
  counts.fail.count = 7;
  const monitor = new Monitor(core);
  t.after(() => monitor.close());
  const routes = new RouteTable(metricsRoutes({ monitor, torchServe: new TorchServeCounts() }));
  const listener = await HttpListener.open({ core, routes, classes: inferenceClasses, port: 0 });
  t.after(() => listener.close(0));
  const families = await scrape(listener.url);
  const failed = (reason: string): number =>
    sampleOf(families, 'nv_inference_request_failure', { model: name, reason });
  assert.deepEqual(['OTHER', 'BACKEND', 'CANCELED', 'REJECTED'].map(failed), [2, 1, 1, 3]);
  assert.equal(sampleOf(families, 'thinfer_refusals_total', { model: name, reason: 'overloaded' }), 1);
  assert.equal(sampleOf(families, 'thinfer_refusals_total', { model: name, reason: 'late' }), 1);
  assert.equal(sampleOf(families, 'thinfer_deadline_misses_total', { model: name }), 1);
  assert.equal(
    sampleOf(families, 'thinfer_request_failures_total', { model: name, code: 'request-invalid' }),
    2,
  );
});

test('TorchServe’s counts are forgotten with their model', () => {
  const counts = new TorchServeCounts();
  counts.requested('a', 'default');
  counts.requested('a', '1');
  counts.requested('b', 'default');
  counts.answered('a', 'default', 1500, 20);
  assert.deepEqual(
    counts.ofModels(new Set(['a', 'b'])).map(({ model, version, requests }) => [model, version, requests]),
    [['a', 'default', 1], ['a', '1', 1], ['b', 'default', 1]], // biome-ignore format: a table
  );
  assert.equal(counts.ofModels(new Set(['a']))[0]!.inferenceUs, 1500);
  assert.equal(counts.ofModels(new Set(['a', 'b'])).length, 2);
});

processTest('a server under requests counts all of them, on both listeners', async (scratch) => {
  const server = await startServe(scratch, ['tiny', '--engine', 'null', '--config', '2x1x4']);
  const statuses = await Promise.all(
    Array.from({ length: 20 }, (_, index) => infer(server, tensor(1 + (index % 3)))),
  );
  assert.ok(statuses.every((status) => status === 200));
  assert.equal(
    await infer(server, '{"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[1,2]}]}'),
    400,
  );
  const torch = await fetch(`${server.http}/predictions/tiny`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify(Array.from({ length: 3 }, () => Array.from({ length: 8 }, () => Array(8).fill(1)))),
  });
  assert.equal(torch.status, 200, await torch.text());
  await callUnknown(server.grpc);

  const families = await scrape(server.http);
  const model = { model: 'tiny', version: '1' };
  assert.equal(sampleOf(families, 'nv_inference_request_success', model), 21);
  assert.equal(sampleOf(families, 'nv_inference_count', model), 1 + 7 + 14 + 18);
  assert.equal(sampleOf(families, 'nv_inference_request_failure', { ...model, reason: 'OTHER' }), 1);
  assert.equal(sampleOf(families, 'thinfer_request_duration_seconds_count', model), 21);
  assert.equal(sampleOf(families, 'thinfer_request_duration_seconds_bucket', { ...model, le: '+Inf' }), 21);
  assert.equal(sampleOf(families, 'thinfer_queue_duration_seconds_count', model), 21);
  assert.equal(sampleOf(families, 'thinfer_batch_items_sum', model), 40);
  assert.equal(
    sampleOf(families, 'thinfer_batch_items_count', model),
    sampleOf(families, 'nv_inference_exec_count', model),
  );
  assert.equal(
    sampleOf(families, 'thinfer_plan_info', { ...model, configuration: '2x1x4', source: 'given' }),
    1,
  );
  assert.equal(
    sampleOf(families, 'ts_inference_requests_total', { model_name: 'tiny', model_version: 'default' }),
    1,
  );
  assert.ok(sampleOf(families, 'ts_inference_latency_microseconds', { model_name: 'tiny' }) > 0);
  assert.equal(
    sampleOf(families, 'thinfer_requests_total', { protocol: 'grpc', status: 'UNIMPLEMENTED' }),
    1,
  );
  const grpcPort = server.grpc.split(':').at(-1)!;
  assert.equal(sampleOf(families, 'thinfer_connections_total', { port: grpcPort }), 1);
  for (const instance of ['0', '1']) {
    assert.equal(
      sampleOf(families, 'thinfer_instance_info', { ...model, instance, threads: '1', largest_batch: '4' }),
      1,
    );
    assert.ok(sampleOf(families, 'thinfer_instance_memory_resident_bytes', { ...model, instance }) > 1e6);
    assert.equal(sampleOf(families, 'thinfer_instance_state', { ...model, instance, state: 'idle' }), 1);
  }
  const items = ['0', '1'].map((instance) =>
    sampleOf(families, 'thinfer_instance_items_total', { ...model, instance }),
  );
  assert.ok(items[0]! + items[1]! >= 40, 'warm-ups may count, too');
  assert.deepEqual([...(await scrape(server.management)).keys()], [...families.keys()]);
  assert.equal((await server.stop()).status, 0);
});

processTest('a killed instance shows in its metrics', async (scratch) => {
  const server = await startServe(scratch, ['tiny', '--engine', 'null', '--config', '1x1x4']);
  const state = (await (await fetch(`${server.http}/page/state.json`)).json()) as {
    models: { instances: { pid: number }[] }[];
  };
  process.kill(state.models[0]!.instances[0]!.pid, 'SIGKILL');
  const instance = { model: 'tiny', instance: '0' };
  let families = await scrape(server.http);
  for (
    let round = 0;
    round < 500 && sampleOf(families, 'thinfer_instance_restarts_total', instance) === 0;
    round++
  )
    families = await scrape(server.http);
  assert.equal(sampleOf(families, 'thinfer_instance_restarts_total', instance), 1);
  let back = false;
  void (async () => {
    while (!back) back = sampleOf(await scrape(server.http), 'thinfer_model_ready', { model: 'tiny' }) === 1;
  })();
  await until('the instance', () => back);
  assert.equal((await server.stop()).status, 0);
});

/** Calls a method that is not there. */
async function callUnknown(address: string): Promise<void> {
  const Client = makeGenericClientConstructor({}, 'nothing');
  const client = new Client(address, credentials.createInsecure());
  const asIs = (value: Buffer): Buffer => value;
  await new Promise<void>((resolve) => {
    client.makeUnaryRequest('/nothing/Here', asIs, asIs, Buffer.alloc(0), () => resolve());
  });
  client.close();
}
