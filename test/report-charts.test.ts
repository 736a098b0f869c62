/** Each chart's SVG is the expected file; `UPDATE_FIXTURES=1` writes them anew, to be looked at before a commit. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { busyChart } from '../src/report/busy-chart.ts';
import { cellsChart } from '../src/report/cells-chart.ts';
import { configurationRows } from '../src/report/configurations.ts';
import { configurationsChart } from '../src/report/configurations-chart.ts';
import { widths } from '../src/report/figure.ts';
import { memoryChart, memoryOf } from '../src/report/memory.ts';
import { type Chart, renderChart } from '../src/report/render-chart.ts';
import { latencyChart, throughputChart } from '../src/report/scalability-charts.ts';
import { placesOf, seriesOf } from '../src/report/series.ts';
import { bakeColours } from '../src/report/theme.ts';
import { planOnlyData, profileOnlyData, sixteenCoreData, twoCoreData } from './support/report-data.ts';

const folder = join(import.meta.dirname, 'fixtures/report');
const two = twoCoreData();
const sixteen = sixteenCoreData();
const winner = two.trial?.configurations[0]?.groups ?? [];

const charts: Record<string, () => Chart> = {
  'latency-2-cores': () => latencyChart(seriesOf(two, 'alone'), widths.wide),
  'latency-16-cores-phone': () => latencyChart(seriesOf(sixteen, 'alone'), widths.phone),
  'throughput-2-cores': () => throughputChart(seriesOf(two, 'together'), widths.wide),
  'cells-2-cores': () => cellsChart(placesOf(two, 'together'), winner, widths.wide),
  'cells-failed-phone': () => cellsChart(placesOf(profileOnlyData(), 'alone'), [], widths.phone),
  'configurations-2-cores': () => configurationsChart(configurationRows(two) ?? [], widths.wide),
  'configurations-16-cores-phone': () => configurationsChart(configurationRows(sixteen) ?? [], widths.phone),
  'configurations-predicted': () => configurationsChart(configurationRows(planOnlyData()) ?? [], widths.wide),
  'busy-2-cores': () => busyChart(two.trial?.configurations ?? [], [0, 1], widths.wide),
  'memory-2-cores': () => memoryChart(memoryOf(seriesOf(two, 'alone')), widths.wide),
};

describe('charts', () => {
  for (const [name, draw] of Object.entries(charts)) {
    it(`${name} is as expected`, () => {
      const file = join(folder, `${name}.svg`);
      const svg = `${renderChart(draw())}\n`;
      if (process.env['UPDATE_FIXTURES']) writeFileSync(file, svg);
      assert.equal(svg, readFileSync(file, 'utf8'));
    });
  }

  it('are equal when drawn again', () => {
    for (const draw of Object.values(charts)) assert.equal(renderChart(draw()), renderChart(draw()));
  });

  it('get their colours written in for use outside of a page', () => {
    const svg = bakeColours(renderChart(charts['busy-2-cores']!()), 'dark');
    assert.doesNotMatch(svg, /var\(/);
    assert.match(svg, /#56b4e9/);
  });
});

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string, scheme: 'light' | 'dark'): number {
  const [dark = 0, light = 0] = [a, b]
    .map((name) => luminance(bakeColours(`var(--${name})`, scheme)))
    .sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe('colours', () => {
  for (const scheme of ['light', 'dark'] as const) {
    it(`of text and marks stand out, ${scheme}`, () => {
      const weak: string[] = [];
      const check = (front: string, back: string, least: number): void => {
        const found = contrast(front, back, scheme);
        if (found < least) weak.push(`${front} on ${back}: ${found.toFixed(2)}, asked ${least}`);
      };
      for (const front of ['ink', 'muted', 'plan']) check(front, 'page', 4.5);
      for (const front of ['plan', 'fat', 'thin', 'default', 'other']) check(front, 'page', 3);
      for (let step = 0; step <= 10; step++) check(`b${step}`, 'page', 3);
      for (let step = 0; step <= 6; step++) check(`ci${step}`, `c${step}`, 4.5);
      assert.deepEqual(weak, []);
    });
  }
});
