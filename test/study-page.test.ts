/** The pages of studies: sentences, tables, downloads, and what Chromium makes of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderStudy, studyCsv, studyFindings, studyHeadline } from '../src/report/index.ts';
import { renderChart } from '../src/report/render-chart.ts';
import { bestChart } from '../src/report/study-best-chart.ts';
import { coresStudy, instancesStudy } from '../src/study/index.ts';
import { useChromium } from './support/chromium.ts';
import { coresStudyOf, instancesStudyOf, studyDataOf, studyPoint } from './support/study-data.ts';

const pages = {
  cores: coresStudyOf(),
  'cores and batches': coresStudyOf([1, 8]),
  instances: instancesStudyOf(),
  'instances with a batch each': instancesStudyOf('instance'),
};

describe('findings of a study over cores', () => {
  const found = (...rows: readonly (readonly [cores: number, medianMs: number])[]): string => {
    const points = rows.map(([cores, medianMs]) => ({
      cores,
      point: studyPoint({ threads: cores, medianMs }),
    }));
    return studyFindings(coresStudy(points, 'not asked'))[0]!;
  };

  it('compare the most cores with the fewest, and say where scaling ends', () => {
    assert.equal(
      found([1, 310], [2, 160], [4, 110], [8, 100]),
      '8 cores are 3.10 times as fast as 1 at length 128 [3.04–3.16]; beyond 4 cores each doubling gives less than 1.2×.',
    );
    assert.equal(
      found([1, 200], [2, 100]),
      '2 cores are 2.00 times as fast as 1 at length 128 [1.96–2.04]; the last doubling still gives 1.2× or more.',
    );
    assert.equal(
      found([1, 100], [2, 100]),
      '2 cores are no faster than 1 at length 128: 1.00 [0.98–1.02] times; no doubling of the cores gives 1.2×.',
    );
    assert.match(found([1, 100], [2, 50], [4, 80]), /; 2 cores are the fastest, 2\.00 times\.$/);
    assert.equal(found([1, 100]), '1 core takes 100 ms at length 128.');
  });

  it('say what hardware threads change, or that there are none', () => {
    const study = coresStudyOf();
    assert.equal(studyFindings(study).length, 6);
    assert.match(
      studyFindings(study)[3]!,
      /^With their hardware threads 16 cores are 0\.\d+ times as fast as without at length 32/,
    );
    const none = { ...study, siblings: [], hardwareThreads: 'none' } as const;
    assert.match(studyFindings(none).at(-1)!, /^This machine has no hardware threads/);
  });

  it('sum up in a headline', () => {
    assert.match(studyHeadline('BERT', pages.cores), /^BERT stops scaling at 4 to 16 cores, depending/);
    assert.equal(studyHeadline('BERT', coresStudy([], 'not asked')), 'No point of BERT was measured');
  });
});

describe('findings of a study over instances', () => {
  it('compare the best number with the fewest', () => {
    assert.match(
      studyFindings(pages.instances)[0]!,
      /^4 instances are 1\.84 times as fast as 1 for 4 items at length 32 \[/,
    );
    assert.match(
      studyFindings(pages['instances with a batch each'])[0]!,
      /^8 instances do 3\.\d+ times as many items per second as 1 at 4 items each, length 32 \[.*; a batch takes .* as long; 16 is as good/,
    );
    assert.match(studyHeadline('BERT', pages.instances), /^4 to 8 instances of BERT are fastest, depending/);
    assert.equal(studyHeadline('BERT', instancesStudy([], 'set', [])), 'No point of BERT was measured');
  });
});

describe('data of a study', () => {
  it('has a row per point with as many fields as names', () => {
    for (const study of Object.values(pages)) {
      const [head, ...rows] = studyCsv(studyDataOf(study)).trim().split('\r\n');
      assert.equal(
        rows.length,
        study.curves.reduce((sum, { points }) => sum + points.length, 0),
      );
      for (const row of rows) assert.equal(row.split(',').length, head!.split(',').length);
    }
  });

  it('gives the same page for the same data', () => {
    assert.equal(renderStudy(studyDataOf(coresStudyOf())), renderStudy(studyDataOf(coresStudyOf())));
  });
});

describe('the chart of the best numbers', () => {
  it('says in each cell the best number, those that are as good, and the gain', () => {
    const study = pages['instances with a batch each'];
    const { option, width, height } = bestChart(study.curves, 528);
    const svg = renderChart({ option, width, height });
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    for (const { best, asGood, points } of study.curves) {
      const gain = points.find(({ instances }) => instances === best)!.speedUp.ratio;
      assert.ok(texts.includes(asGood.length === 0 ? `${best}` : `${best} (${asGood.join(', ')})`));
      assert.ok(texts.includes(`${gain.toFixed(2)}×`));
    }
    assert.ok(texts.includes('length 512'));
  });
});

describe('pages of studies in Chromium', () => {
  const browser = useChromium();

  for (const [name, study] of Object.entries(pages))
    for (const [width, scheme] of [
      [1280, 'light'],
      [390, 'dark'],
    ] as const)
      it(`${name}: charts and tables fit ${width} px, nothing fails`, async (context) => {
        const missing = browser.missing();
        if (missing !== null) return context.skip(missing);
        await using opened = await browser.open({ width, scheme });
        const { page, noise } = opened;
        await page.setContent(renderStudy(studyDataOf(study)));
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
        const kind = width < 600 ? 'phone' : 'wide';
        const figures = await page.locator('figure').count();
        assert.ok(figures >= 2);
        assert.equal(await page.locator(`figure .chart .${kind} svg:visible`).count(), figures);
        const labels = await page.locator(`figure:first-of-type .${kind} svg text`).allTextContents();
        assert.ok(labels.some((label) => label.includes('length 128')));
        assert.deepEqual(noise, []);
      });
});
