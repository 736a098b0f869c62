import { CustomChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([CustomChart, LineChart, GridComponent, SVGRenderer]);

/** A chart at one width: what ECharts is to draw, and its size in CSS pixels. */
export interface Chart {
  readonly option: EChartsCoreOption;
  readonly width: number;
  readonly height: number;
}

/** Draws a chart as an SVG whose colours are CSS variables; equal input gives equal bytes. */
export function renderChart({ option, width, height }: Chart): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    return slim(chart.renderToSVGString({ useViewBox: true }));
  } finally {
    chart.dispose();
  }
}

/** Text before this character is bold: ECharts' own rich text guesses widths, a `tspan` needs not to. */
export const boldUntil = '\uE000';

/**
 * Leaves out what a page without scripts has no use for: hover styles, event and series marks, the empty background,
 * clips (nothing is drawn outside), and with them the counters in names, which would differ from run to run; text takes the page's font.
 */
function slim(svg: string): string {
  return svg
    .replace(/<style[^>]*>.*?<\/style>/gs, '')
    .replace(/<defs\s*>.*?<\/defs>| clip-path="[^"]*"/gs, '')
    .replace(/<rect[^>]*fill="none"[^>]*><\/rect>/, '')
    .replace(/ (?:class|ecmeta_\w+|pointer-events|xml:space|xmlns:xlink|version|baseProfile)="[^"]*"/g, '')
    .replace(/font-family:[^;"]*;?/g, '')
    .replace(/ style="font-size:(\d+)px;"/g, ' font-size="$1"')
    .replace(/<svg width="\d+" height="\d+"/, '<svg')
    .replace(/ (?:d|transform)="[^"]*"/g, (attribute) => attribute.replace(/(\d\.\d)\d+/g, '$1'))
    .replace(/><\/(path|line|rect)>/g, '/>')
    .replace(/>([^<]*)\uE000/g, '><tspan font-weight="700" fill="var(--ink)">$1</tspan> ')
    .replace(/^\s*\n/gm, '')
    .trim();
}
