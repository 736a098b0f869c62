import type { TrialConfiguration } from '../trial/types.ts';
import { paintOf } from './configurations.ts';
import { formatPercent } from './format.ts';
import { line, marks, rect, type Shape, text } from './marks.ts';
import { boldUntil, type Chart } from './render-chart.ts';
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
  const step = Math.min(110, (width - right) / cpus.length);
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
    return share > 0 ? barShapes([index * step, base], step, share, paint(paintOf(one.names))) : [];
  });
  return [
    text([0, top + 14], `${one.name}${boldUntil}${one.pinned ? 'pinned' : 'not pinned'}`, {
      fill: paint('muted'),
    }),
    line([0, base - barHeight], [end, base - barHeight], { stroke: paint('line'), lineDash: [2, 3] }),
    text([end + 5, base - barHeight], formatPercent(1), { fill: paint('muted'), fontSize: 11 }),
    ...bars,
    line([0, base + 0.5], [end, base + 0.5], { stroke: paint('ideal') }),
    text([end + 5, base - 3], formatPercent(0), { fill: paint('muted'), fontSize: 11 }),
  ];
}

/** A bar, with its share in it where that fits. */
function barShapes([x, base]: [number, number], step: number, share: number, fill: string): Shape[] {
  const height = barHeight * share;
  const isWide = step > 12;
  const bar = rect([x, base - height], [step - (isWide ? 3 : 0.5), height], { fill }, step > 24 ? 2 : 0);
  if (step < 40 || height < 18) return [bar];
  const label = { fill: paint('page'), align: 'center', fontSize: 11 };
  return [bar, text([x + (step - 3) / 2, base - height + 11], formatPercent(share), label)];
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
