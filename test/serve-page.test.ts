/** The live page as a browser shows it, of a real server: it lives, sends, says what broke, and loads nothing from elsewhere. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { themeCss } from '../src/report/theme.ts';
import { HttpListener, inferenceClasses, RouteTable } from '../src/serve/http/index.ts';
import { Monitor } from '../src/serve/metrics/index.ts';
import { pageRoutes } from '../src/serve/page/index.ts';
import type { StateDocument } from '../src/serve/page/state-types.ts';
import { themeColours } from '../src/serve/page/theme.ts';
import { type Look, type OpenedPage, useChromium } from './support/chromium.ts';
import { EchoCore } from './support/echo-core.ts';
import { processTest, type Scratch, sleep } from './support/process-test.ts';
import { type Serving, startServe } from './support/serve.ts';

const browser = useChromium();

async function open(url: string, look: Look = {}): Promise<OpenedPage> {
  const own = (address: string): boolean => address.startsWith(url) || address.startsWith('data:');
  const opened = await browser.open({ ...look, own });
  await opened.page.goto(url);
  await waitFor(opened.page, 'document.getElementById("live").textContent === "live"');
  return opened;
}

/** Waits until an expression holds in the page. Playwright's own way evaluates text in the page, which its policy forbids. */
async function waitFor(page: Page, expression: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50))
    if ((await page.evaluate(expression)) === true) return;
  assert.fail(
    `waited in vain for ${expression}; the page says:\n${await page.locator('main').textContent()}`,
  );
}

/** A test with a server and a browser. */
function pageTest(
  name: string,
  words: (scratch: Scratch) => readonly string[],
  body: (server: Serving, context: TestContext) => Promise<void>,
): void {
  processTest(name, async (scratch, context) => {
    const missing = browser.missing();
    if (missing !== null) return context.skip(missing);
    const server = await startServe(scratch, words(scratch));
    await body(server, context);
    const { status, stderr } = await server.stop();
    assert.equal(status, 0, stderr);
  });
}

const nullModel = (): readonly string[] => ['tiny', '--engine', 'null:delay=5', '--config', '2x1x4'];

const request = JSON.stringify({
  inputs: [{ name: 'input', shape: [1, 3, 8, 8], datatype: 'FP32', data: Array(192).fill(0.5) }],
});

/** Requests without a pause, until it is disposed of. */
function flood(http: string): AsyncDisposable {
  let on = true;
  const client = async (): Promise<void> => {
    while (on) {
      const answer = await fetch(`${http}/v2/models/tiny/infer`, { method: 'POST', body: request });
      await answer.arrayBuffer();
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  return {
    [Symbol.asyncDispose]: async () => {
      on = false;
      await clients;
    },
  };
}

const textOf = async (page: Page, id: string): Promise<string> =>
  (await page.locator(`#${id}`).textContent()) ?? '';

pageTest('shows live numbers while requests flow', nullModel, async ({ http }) => {
  await using opened = await open(http);
  const { page, noise } = opened;
  await waitFor(page, 'document.getElementById("headline").textContent === "Ready, and nothing to do"');
  assert.match(await textOf(page, 'lede'), /^tiny runs as 2 instances × 1 thread × 4 items, .*given/);
  {
    await using _load = flood(http);
    await waitFor(
      page,
      '/items\\/s, 99 % of requests within [\\d.,]+ ms/.test(document.getElementById("headline").textContent)',
    );
    const first = await textOf(page, 'tiles');
    await waitFor(page, `document.getElementById("tiles").innerText !== ${JSON.stringify(first)}`);
    assert.match(await textOf(page, 'latency-title'), /^Half within .* ms, 99 % within .* ms$/);
    assert.match(await textOf(page, 'rate-title'), /items\/s/);
    assert.equal((await page.locator('#lanes .lane').count()) >= 1, true);
    assert.match(await textOf(page, 'lanes'), /tiny #0[\s\S]*tiny #1/);
    for (const id of ['rate', 'latency', 'waiting', 'batches'])
      assert.ok((await page.locator(`#${id} svg`).getAttribute('aria-label'))!.length > 3);
    assert.ok((await page.locator('#rate path').first().getAttribute('d'))!.includes('L'));
  }
  assert.equal(await page.locator('#instances tr').count(), 2);
  assert.deepEqual(noise, []);
});

pageTest('the form sends a real request, edited or not, and shows what came', nullModel, async ({ http }) => {
  await using opened = await open(http);
  const { page, noise } = opened;
  await page.locator('#send').focus();
  await page.keyboard.press('Enter');
  await waitFor(page, 'document.getElementById("outcome").textContent.startsWith("200 OK in ")');
  const answer = JSON.parse(await textOf(page, 'answer')) as {
    model_name: string;
    outputs: { shape: number[] }[];
  };
  assert.equal(answer.model_name, 'tiny');
  assert.deepEqual(answer.outputs[0]!.shape, [1, 10]);
  await page
    .locator('#request')
    .fill('{"inputs": [{"name": "input", "shape": [2, 3, 8, 8], "datatype": "FP32", "data": "random"}]}');
  await page.locator('#send').click();
  await waitFor(page, 'document.getElementById("answer").textContent.includes("[2, 10]")');
  await page.locator('#request').fill('{"inputs": ');
  await page.locator('#send').click();
  await waitFor(page, 'document.getElementById("outcome").textContent === "not sent, or not answered"');
  assert.deepEqual(noise, []);
  await page.locator('#request').fill('{"inputs": []}');
  await page.locator('#send').click();
  await waitFor(page, 'document.getElementById("outcome").textContent.startsWith("400 ")');
  assert.match(await textOf(page, 'answer'), /"error"/);
});

pageTest(
  'asks for a token where inference needs one, and sends it',
  ({ folder }) => {
    writeFileSync(join(folder, 'tokens'), 'a-token-of-the-test-0123456789\n');
    return [...nullModel(), '--tokens-file', 'tokens'];
  },
  async ({ http }) => {
    await using opened = await open(http);
    const { page } = opened;
    assert.equal(await page.locator('#token').isVisible(), true);
    await page.locator('#send').click();
    await waitFor(page, 'document.getElementById("outcome").textContent.startsWith("401 ")');
    await page.locator('#token').fill('a-token-of-the-test-0123456789');
    await page.locator('#send').click();
    await waitFor(page, 'document.getElementById("outcome").textContent.startsWith("200 ")');
  },
);

pageTest('says that an instance was killed, and why', nullModel, async ({ http }) => {
  await using opened = await open(http);
  const { page, noise } = opened;
  const { models } = (await (await fetch(`${http}/page/state.json`)).json()) as StateDocument;
  process.kill(models[0]!.instances[1]!.pid!, 'SIGKILL');
  await waitFor(page, 'document.getElementById("instances").innerText.includes("SIGKILL")');
  await waitFor(page, 'document.getElementById("instances-title").textContent.includes("1 restart")');
  await waitFor(page, '!document.getElementById("headline").textContent.includes("restarted")');
  assert.deepEqual(noise, []);
});

pageTest(
  'shows which set was in force when, and what requests saw of a change',
  nullModel,
  async (server) => {
    await using opened = await open(server.http);
    const { page, noise } = opened;
    assert.equal(await page.locator('#changes-part').isVisible(), false);
    {
      await using _load = flood(server.http);
      await waitFor(page, 'document.getElementById("latency-title").textContent.startsWith("Half within")');
      const answer = await fetch(`${server.management}/v2/repository/models/tiny/plan`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}` },
        body: JSON.stringify({ configuration: '1x2x2' }),
      });
      assert.equal(answer.status, 200);
      const took = '/\\d ms, [\\d.]+ ms/.test(document.getElementById("changes").innerText)';
      await waitFor(page, took);
    }
    const bands = (await page.locator('#set-bands svg').getAttribute('aria-label'))!;
    assert.equal(bands, 'Sets in force: ⟨2,1,4⟩, then ⟨1,2,2⟩');
    assert.match((await page.locator('#set-batch svg').getAttribute('aria-label'))!, /in the mean: [\d.]+$/);
    assert.match(await textOf(page, 'changes'), /⟨1,2,2⟩done/);
    assert.deepEqual(noise, []);
  },
);

pageTest('fits every width, light and dark, and works by keyboard', nullModel, async ({ http }) => {
  for (const look of [
    { width: 1180 },
    { width: 768, scheme: 'dark' },
    { width: 400, scheme: 'dark' },
  ] as const) {
    await using opened = await open(http, look);
    const { page, noise } = opened;
    assert.equal(
      await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
      true,
    );
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.equal(background, 'scheme' in look ? 'rgb(20, 23, 27)' : 'rgb(255, 255, 255)');
    await page.locator('#spans button').first().focus();
    await page.keyboard.press('Enter');
    await sleep(1100);
    assert.equal(await page.evaluate('document.activeElement.textContent'), '1 min', 'the focus is kept');
    assert.equal(await page.locator('#spans button').first().getAttribute('aria-pressed'), 'true');
    assert.deepEqual(noise, []);
  }
});

pageTest(
  'lets models be chosen, and says when the server is gone',
  () => ['tiny', 'tiny:name=other', '--engine', 'null', '--config', '1x1x2'],
  async ({ http, stop }) => {
    await using opened = await open(http);
    const { page } = opened;
    await page.getByRole('button', { name: 'other', exact: true }).click();
    await waitFor(page, 'document.getElementById("lede").textContent.startsWith("other runs as")');
    assert.match(await page.locator('#request').inputValue(), /"shape": \[1,3,8,8\]/);
    assert.match(await textOf(page, 'try-sub'), /models\/other\//);
    await stop();
    await waitFor(page, 'document.getElementById("headline").textContent === "The server does not answer"');
  },
);

interface Local {
  readonly url: string;
  readonly monitor: Monitor;
}

async function local(t: TestContext): Promise<Local> {
  const core = new EchoCore();
  const monitor = new Monitor(core);
  t.after(() => monitor.close());
  const routes = new RouteTable(pageRoutes({ monitor, token: false }));
  const listener = await HttpListener.open({ core, routes, classes: inferenceClasses, port: 0 });
  t.after(() => listener.close(0));
  return { url: listener.url, monitor };
}

test('the page may load its own parts alone, and can’t be framed', async (t) => {
  const { url } = await local(t);
  for (const path of ['/', '/page/style.css', '/page/live.js', '/page/state.json']) {
    const answer = await fetch(`${url}${path}`);
    assert.equal(answer.status, 200);
    const policy = answer.headers.get('content-security-policy')!;
    assert.match(policy, /default-src 'none'; script-src 'self'.*frame-ancestors 'none'/);
    assert.ok(!policy.includes('unsafe'));
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    const text = await answer.text();
    assert.ok(!/https?:\/\/(?!www\.w3\.org\/2000\/svg)/.test(text), `${path} names another place`);
    assert.ok(text.length < 60_000, `${path} weighs ${text.length}`);
  }
});

test('the state is made once a look, in full or as its end, and not for everybody', async (t) => {
  const { url, monitor } = await local(t);
  while (monitor.tick < 1) await sleep(50);
  const ask = async (query: string): Promise<StateDocument> =>
    (await (await fetch(`${url}/page/state.json${query}`)).json()) as StateDocument;
  const whole = await ask('');
  assert.ok(whole.models.length > 1 && whole.cpus.length >= 1);
  assert.equal(whole.models[0]!.curves.waiting.length, whole.tick + 1);
  for (const strange of [
    '?after=-1',
    '?after=x',
    '?after=99999999999',
    '?after=1&after=2',
    `?after=${whole.tick}`,
  ])
    assert.ok((await ask(strange)).tick >= whole.tick);
  const { tick } = monitor;
  const statuses = await Promise.all(
    Array.from({ length: 250 }, () =>
      fetch(`${url}/page/state.json`).then(async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      }),
    ),
  );
  if (monitor.tick === tick) assert.ok(statuses.includes(503));
  assert.ok(statuses.every((status) => status === 200 || status === 503));
});

test('colours are those of the reports', () => {
  const css = themeCss();
  const [light, dark] = css.split('prefers-color-scheme:dark');
  for (const [name, pair] of Object.entries(themeColours)) {
    assert.ok(light!.includes(`--${name}:${pair[0]}`), `${name} by day`);
    assert.ok(dark!.includes(`--${name}:${pair[1]}`), `${name} by night`);
  }
});
