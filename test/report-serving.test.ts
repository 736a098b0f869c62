/** The section of servers compared end to end: what the page, the CSV and the JSON say, and what files are refused. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { readServing } from '../src/cli/serving-file.ts';
import { ThinferError } from '../src/errors.ts';
import { renderReport, reportJson, type ServingData, servingCsv } from '../src/report/index.ts';
import { servingFinding } from '../src/report/serving-section.ts';
import { useChromium } from './support/chromium.ts';
import { startThinfer } from './support/command.ts';
import { processTest } from './support/process-test.ts';
import { twoCoreData } from './support/report-data.ts';
import { servingResult } from './support/serving-result.ts';

const browser = useChromium();
const folder = mkdtempSync(join(tmpdir(), 'thinfer-serving-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const model = { name: 'synthetic model', contentHash: 'a'.repeat(64) };

function read(document: unknown, dims: Readonly<Record<string, number>> = {}): ServingData {
  const file = join(folder, 'serving.json');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return readServing(file, model, dims);
}

function refusal(document: unknown, dims: Readonly<Record<string, number>> = {}): ThinferError {
  try {
    read(document, dims);
  } catch (error) {
    assert.ok(error instanceof ThinferError, String(error));
    return error;
  }
  return assert.fail('it was taken');
}

describe('a page with servers compared', () => {
  const serving = read(servingResult());
  const page = renderReport({ ...twoCoreData(), serving });

  it('states the finding, the loads, the source and the date', () => {
    for (const words of [
      'With 16 clients, thinfer’s plan ⟨2,1,4⟩ serves synthetic model at 1.76 times the rate of TorchServe’s fat ⟨1,2,8⟩',
      'With 1 client',
      'At 6.20 items a second',
      'Load average of the machine when it began 1.50, when it ended 2.50; 96 answers',
      'All of it is made up.',
      'Source: serving.json, thinfer 0.0.0-synthetic',
      '2026-01-02 03:04 UTC',
    ])
      assert.ok(page.includes(words), words);
  });

  it('has a row per load and set', () => {
    const section = /<section id="serving">[\s\S]*?<\/section>/.exec(page)![0];
    assert.equal(section.match(/<tr>/g)!.length, 1 + 4 + 16 + 1 + 4);
  });

  it('has no such section without a file', () =>
    assert.ok(!renderReport(twoCoreData()).includes('id="serving"')));

  it('holds it in its JSON and in a CSV of its own', () => {
    const json = JSON.parse(reportJson({ ...twoCoreData(), serving })) as { readonly serving: ServingData };
    assert.deepEqual(json.serving, JSON.parse(JSON.stringify(serving)));
    const [head, ...rows] = servingCsv(serving).trim().split('\r\n');
    assert.equal(rows.length, 16);
    for (const row of rows)
      assert.equal(row.split('","').join('').match(/,/g)!.length >= head!.split(',').length - 1, true);
    assert.match(page, /download="thinfer-[^"]*-serving\.csv"/);
  });

  it('escapes what the file says', () => {
    const document = servingResult();
    document.notes.push('<script>alert(1)</script>');
    const shown = renderReport({ ...twoCoreData(), serving: read(document) });
    assert.ok(shown.includes('&lt;script&gt;') && !shown.includes('<script>'));
  });

  it('is whole on paper and on a phone', async (context) => {
    const missing = browser.missing();
    if (missing !== null) return context.skip(missing);
    for (const width of [1280, 390]) {
      await using opened = await browser.open({ width });
      const { page: tab } = opened;
      await tab.setContent(page);
      assert.equal(
        await tab.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
        true,
      );
      await tab.emulateMedia({ media: 'print' });
      assert.equal(await tab.locator('#serving tbody tr').last().isVisible(), true);
    }
  });
});

describe('its finding', () => {
  it('claims no difference that the rounds do not show', () => {
    const document = servingResult();
    for (const load of document.models[0]!.loads)
      for (const result of load.results)
        if (result.overBaseline) result.overBaseline = { ratio: 1.1, interval: [0.9, 1.3], pairs: 3 };
    assert.match(
      servingFinding(read(document)),
      /3 rounds can’t tell thinfer’s plan ⟨2,1,4⟩ from TorchServe’s fat ⟨1,2,8⟩/,
    );
  });

  it('names the model where no plan was served', () => {
    const document = servingResult();
    for (const set of document.models[0]!.sets) set.isPlan = false;
    assert.equal(servingFinding(read(document)), 'synthetic model on TorchServe and thinfer');
  });
});

describe('a file that is something else', () => {
  const cases: [string, unknown, string, RegExp][] = [
    ['no JSON', '{', 'store-invalid', /is not JSON/],
    [
      'another document',
      { rounds: 7 },
      'store-invalid',
      /no comparison of servers:[\s\S]*models: [\s\S]*the document: /,
    ],
    ['null', 'null', 'store-invalid', /the document: /],
    [
      'another model',
      servingResult({ name: 'other' }),
      'not-found',
      /synthetic model is not in it; it holds other/,
    ],
    [
      'another file of it',
      servingResult({ contentHash: 'b'.repeat(64) }),
      'store-invalid',
      /another file of synthetic model/,
    ],
    [
      'other dimensions',
      servingResult({ dims: { sequence: 64 } }),
      'not-found',
      /sequence=64, not at no free dimension/,
    ],
    [
      'a set that is not there',
      servingResult({ baseline: 'Triton' }),
      'store-invalid',
      /"Triton" is none of the sets/,
    ],
    ['a field more', { ...servingResult(), more: 1 }, 'store-invalid', /more/],
    [
      'no number',
      JSON.stringify(servingResult()).replace('"p99Ms":', '"p99Ms":"x","y":'),
      'store-invalid',
      /p99Ms/,
    ],
  ];
  for (const [name, document, code, message] of cases)
    it(`is refused: ${name}`, () => {
      const error = refusal(document);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.remedy);
    });

  it('is refused: no file, a folder', () => {
    mkdirSync(join(folder, 'a-folder'));
    for (const file of ['missing.json', 'a-folder'])
      assert.throws(() => readServing(join(folder, file), model, {}), { code: 'not-found' });
  });

  it('is refused: a percentile, a ratio or a name that can not be', () => {
    const spoil: ((one: ReturnType<typeof servingResult>['models'][number]) => void)[] = [
      (one) => Object.assign(one.loads[0]!.results[0]!, { p50Ms: 9e9 }),
      (one) =>
        Object.assign(one.loads[0]!.results[1]!, {
          overBaseline: { ratio: 2, interval: [0.5, 1], pairs: 3 },
        }),
      (one) => Object.assign(one.loads[0]!.results[0]!, { set: 'nothing' }),
      (one) => Object.assign(one.sets[0]!, { name: one.sets[1]!.name }),
      (one) => Object.assign(one.sets[0]!, { server: 'two\nlines' }),
    ];
    for (const change of spoil) {
      const document = structuredClone(servingResult());
      change(document.models[0]!);
      assert.equal(refusal(document).code, 'store-invalid');
    }
  });

  it('never ends in another kind of error', () =>
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        assert.equal(refusal(JSON.stringify(document)).code, 'store-invalid');
      }),
    ));
});

processTest(
  'thinfer report --serving draws the section, writes its CSV, and refuses another file',
  async (scratch) => {
    const settings = ['tiny', '--engine', 'null', '--items', '2', '--json'];
    const run = (...words: string[]) => startThinfer(scratch, words).ended;
    const measured = await run('profile', ...settings, '--warmup', '1', '--iterations', '3');
    assert.equal(measured.status, 0, measured.stderr);
    const { contentHash } = JSON.parse((await run('model', 'show', 'tiny', '--json')).stdout) as {
      readonly contentHash: string;
    };
    const file = join(scratch.folder, 'serving.json');
    writeFileSync(file, JSON.stringify(servingResult({ name: 'tiny', contentHash })));
    const drawn = await run('report', ...settings, '--serving', file);
    assert.equal(drawn.status, 0, drawn.stderr);
    const files = JSON.parse(drawn.stdout) as Record<'html' | 'csv' | 'json' | 'serving', string>;
    const text = (name: keyof typeof files): string =>
      readFileSync(resolve(scratch.folder, files[name]), 'utf8');
    assert.match(text('html'), /<section id="serving">/);
    assert.match(text('json'), /"serving":/);
    assert.equal(text('serving').trim().split('\r\n').length, 17);
    assert.match(text('serving'), /^model,loop,/);
    writeFileSync(file, '{"rounds": 7}');
    const refused = await run('report', ...settings, '--serving', file);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /\[store-invalid\] .*serving\.json is no comparison of servers/);
  },
);
