import type { Point, PointSettings } from '../profile/index.ts';
import type { CheckCell, CheckColumn, CheckRow, Sheet } from './types.ts';

/** Runs are timed in whole nanoseconds; in ms. */
const halfNanosecond = 0.5e-6;

type Measured = Extract<Point, { state: 'measured' }>;

const column = (
  name: string,
  quantity: CheckColumn['quantity'],
  more: Partial<CheckColumn>,
): CheckColumn => ({
  ...{
    name,
    role: 'measure',
    quantity,
    statistic: null,
    precision: null,
    label: '',
    ratio: null,
    hasUnit: true,
  },
  ...more,
});

const columns = {
  median: column('median', 'latency', { statistic: 'p50' }),
  min: column('min', 'latency', { statistic: 'min' }),
  mean: column('mean', 'latency', { statistic: 'average', isSteady: false }),
  p99: column('99 %', 'latency', { statistic: 'p99', isSteady: false }),
  max: column('max', 'latency', { statistic: 'max' }),
};

/** Measured points as rules see them: a sheet for each model, machine and method. Failed points have no numbers. */
export function sheetsOfPoints(points: readonly Point[]): Sheet[] {
  const measured = points.filter((point) => point.state === 'measured');
  const groups = Map.groupBy(measured, ({ settings: { model, cpuModel, topology, method, engine } }) =>
    JSON.stringify([model.contentHash, cpuModel, topology, method, engine]),
  );
  return [...groups.values()].map((group) => {
    const name = `points of ${group[0]!.settings.model.name}`;
    const all = group.map(({ settings }) => settingsOf(settings));
    const names = [...new Set(all.flatMap(Object.keys))];
    const telling = names.filter((one) => new Set(all.map((settings) => settings[one] ?? '')).size > 1);
    const rows = group.map((point, index) => rowOf(point, name, all[index]!, telling));
    return { name, columns: Object.values(columns), rows, facts: { precision: null, devices: null } };
  });
}

function rowOf(
  point: Measured,
  table: string,
  settings: Record<string, string>,
  telling: readonly string[],
): CheckRow {
  const { stats, verdict } = point;
  const always = ['threads', 'batch'];
  const names = [...always, ...telling.filter((name) => !always.includes(name))];
  const place = names.map((name) => `${name} ${settings[name] || '–'}`).join(', ');
  const cell = (column: CheckColumn, value: number): CheckCell => ({
    ...{ table, line: null, place, column, value, half: halfNanosecond },
    text: `${Number(value.toPrecision(4))} ms`,
  });
  return {
    line: null,
    settings,
    doubts: verdict.disturbances.map(({ text }) => text),
    cells: [
      { ...cell(columns.median, stats.medianMs), interval: stats.interval },
      cell(columns.min, stats.minMs),
      cell(columns.mean, stats.meanMs),
      // Of fewer runs the 99th percentile is little more than the largest.
      ...(stats.count >= 100 ? [cell(columns.p99, stats.p99Ms)] : []),
      cell(columns.max, stats.maxMs),
    ],
  };
}

/** Everything that parts points of one model on one machine. */
function settingsOf(settings: PointSettings): Record<string, string> {
  const { method, model, engine, cpuModel, topology, dims, cores, ...rest } = settings;
  const own = Object.entries(rest).map(([name, value]): [string, string] => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  return {
    ...Object.fromEntries(own),
    ...Object.fromEntries(Object.entries(dims).map(([name, size]) => [name, String(size)])),
    // A lone instance uses as many cores as it has threads.
    cores: settings.mode === 'alone' ? '' : String(cores),
  };
}
