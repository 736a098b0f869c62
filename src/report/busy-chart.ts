import type { TrialConfiguration } from '../trial/types.ts';
import { paintOf } from './configurations.ts';
import { formatPercent } from './format.ts';
import { line, marks, rect, type Shape, text } from './marks.ts';
import type { Chart } from './render-chart.ts';
import { paint } from './theme.ts';

const rowHeight = 78;
const barHeight = 42;
const axisHeight = 22;
const right = 44;

/** For each configuration a row of bars, one a CPU, as high as the CPU was busy; CPUs are named below. */
export function busyChart(
  configurations: readonly TrialConfiguration[],
  cpus: readonly number[],
  width: number,
): Chart {
  const height = rowHeight * configurations.length + axisHeight;
  const step = Math.min(56, (width - right) / cpus.length);
  const shapes = (): Shape[] => [
    ...configurations.flatMap((one, index) => rowShapes(one, cpus, step, index * rowHeight)),
    ...cpuLabels(cpus, step, height - axisHeight / 2),
  ];
  const option = {
    grid: { top: 0, left: 0, right: 0, bottom: 0 },
    xAxis: { type: 'value', show: false, min: 0, max: 1 },
    yAxis: { type: 'value', show: false, min: 0, max: 1 },
    series: [marks(shapes)],
  };
  return { option, width, height };
}

function rowShapes(one: TrialConfiguration, cpus: readonly number[], step: number, top: number): Shape[] {
  const base = top + rowHeight - 6;
  const end = step * cpus.length;
  const bars = cpus.flatMap((cpu, index) => {
    const share = Math.min(1, Math.max(0, one.busy[String(cpu)] ?? 0));
    const gap = step > 12 ? 3 : 0.5;
    const size: [number, number] = [step - gap, barHeight * share];
    return share > 0
      ? [rect([index * step, base - size[1]], size, { fill: paint(paintOf(one.names)) }, step > 12 ? 2 : 0)]
      : [];
  });
  return [
    text([0, top + 14], `{name|${one.name}}  {words|${one.pinned ? 'pinned' : 'not pinned'}}`, {
      rich: {
        name: { fontWeight: 'bold', fontSize: 12.5, fill: paint('ink') },
        words: { fontSize: 12, fill: paint('muted') },
      },
    }),
    line([0, base - barHeight], [end, base - barHeight], { stroke: paint('line'), lineDash: [2, 3] }),
    text([end + 5, base - barHeight], formatPercent(1), { fill: paint('muted'), fontSize: 11 }),
    ...bars,
    line([0, base + 0.5], [end, base + 0.5], { stroke: paint('ideal') }),
    text([end + 5, base - 3], formatPercent(0), { fill: paint('muted'), fontSize: 11 }),
  ];
}

function cpuLabels(cpus: readonly number[], step: number, y: number): Shape[] {
  const every = Math.max(1, Math.ceil(24 / step));
  return cpus.flatMap((cpu, index) =>
    index % every === 0
      ? [
          text([index * step + (step - 3) / 2, y], index === 0 && step >= 44 ? `CPU ${cpu}` : `${cpu}`, {
            fill: paint('muted'),
            fontSize: 11,
            align: 'center',
          }),
        ]
      : [],
  );
}
