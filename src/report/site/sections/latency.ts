import type { MeasuredCell, SettingName } from '../../../dataset/index.ts';
import { formatMs, formatRatio } from '../../format.ts';
import { byBatch, fastest, stopsAt, trustedOf } from '../analysis.ts';
import { lineFigure } from '../line-figure.ts';
import { curveCells, failedCells, footnotesOf, type PageContext, valuesOf } from '../page-context.ts';
import { latencyMeasure, numberLines, pointsOf } from '../plot.ts';
import type { SiteFigure } from '../site-figure.ts';
import {
  barWords,
  batchAxis,
  capital,
  fixedWords,
  latencyWords,
  namedValue,
  settingWords,
  threadsAxis,
  threadsWords,
  valueWords,
} from '../words.ts';
import { chartsPerBatch } from './per-batch.ts';

/** Latency over threads for one batch, a line for each value of a setting: a chart for each batch. */
export function latencyPerBatch(context: PageContext, setting: SettingName): SiteFigure[] {
  const values = valuesOf(context, setting);
  return chartsPerBatch(context, setting, {
    measure: latencyMeasure,
    frame: (batch, cells) => ({
      file: `${context.stem}-latency-${batch}`,
      alt: `${context.name} Latency BS=${batch}`,
      title: perBatchFinding(batch, setting, values, cells),
      subtitle: `${latencyWords(cells.flat())}, over threads${barWords(cells.flat())}${fixedWords(context, [setting])}`,
      definition: 'latency',
      y: { column: 'latency_ms', words: 'latency, ms' },
      format: formatMs,
      ideal: 'halves',
    }),
  });
}

function perBatchFinding(
  batch: number,
  setting: SettingName,
  values: readonly string[],
  sets: readonly (readonly MeasuredCell[])[],
): string {
  const filled = sets.flatMap((cells, index) =>
    cells.length > 0 ? [{ value: values[index]!, best: fastest(trustedOf(cells)) }] : [],
  );
  const [first, second] = filled.toSorted((a, b) => a.best.latency.ms - b.best.latency.ms);
  const { best, value } = first!;
  const least = `Batch ${batch} takes least at ${threadsWords(best.threads)}: ${formatMs(best.latency.ms)}`;
  if (second === undefined) return least;
  const ratio = second.best.latency.ms / best.latency.ms;
  return `${least} with ${namedValue(setting, value)}, ${formatRatio(ratio)} times as fast as ${valueWords(setting, second.value)} at its best`;
}

/** Latency over threads with a line for each batch, at one set of values. */
export function latencyOfAllBatches(
  context: PageContext,
  wanted: Partial<Record<SettingName, string>>,
  { file, alt }: { readonly file: string; readonly alt: string },
): SiteFigure | null {
  const cells = curveCells(context, wanted);
  if (cells.length === 0) return null;
  const groups = byBatch(cells);
  return lineFigure({
    file,
    alt,
    title: stopFinding(groups),
    subtitle: `${latencyWords(cells)}, over threads, a line for each batch${wantedWords(context, wanted)}`,
    foot: context.foot,
    definition: 'scaling-stop',
    footnotes: footnotesOf(failedCells(context, wanted)),
    by: batchAxis,
    x: threadsAxis,
    y: { column: 'latency_ms', words: 'latency, ms' },
    format: formatMs,
    lines: numberLines(
      new Map([...groups].map(([batch, own]) => [batch, pointsOf(own, latencyMeasure).map(withoutBar)])),
      (batch) => `batch ${batch}`,
    ),
  });
}

/** Bars of many lines would hide each other; the charts of single batches have them. */
const withoutBar = <T extends { readonly interval: unknown }>(point: T): T & { interval: null } => ({
  ...point,
  interval: null,
});

/** The values of a chart, with those of the other settings that differ on its page; begins with a semicolon. */
export function wantedWords({ choice }: PageContext, wanted: Partial<Record<SettingName, string>>): string {
  const names = new Set<SettingName>([
    'optimization',
    ...(Object.keys(wanted) as SettingName[]),
    ...choice.varying.keys(),
  ]);
  return [...names]
    .map((name) => [settingWords[name], wanted[name] ?? choice.usual[name]] as const)
    .map(([name, value]) => `; ${name} ${value === '' ? 'not told' : value}`)
    .join('');
}

function stopFinding(groups: ReadonlyMap<number, readonly MeasuredCell[]>): string {
  const stops = [...groups].flatMap(([batch, cells]) => {
    const stop = stopsAt(cells);
    const isLast = cells.every(({ threads }) => threads <= (stop ?? 0));
    return stop === null ? [] : [{ batch, stop, isLast }];
  });
  const [first] = stops;
  const last = stops.at(-1);
  if (first === undefined || last === undefined) return 'One number of threads was measured for each batch';
  if (stops.every(({ isLast }) => isLast))
    return 'Every batch gains 5 % and more up to the most threads measured';
  if (new Set(stops.map(({ stop }) => stop)).size === 1)
    return `Every batch stops gaining 5 % at ${threadsWords(first.stop)}`;
  const least = stops.reduce((a, b) => (b.stop < a.stop ? b : a));
  const most = stops.reduce((a, b) => (b.stop > a.stop ? b : a));
  return capital(
    `batch ${least.batch} stops gaining 5 % at ${threadsWords(least.stop)}, batch ${most.batch} only at ${most.stop}`,
  );
}
