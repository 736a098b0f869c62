import type { SettingName } from '../../dataset/index.ts';
import { formatMs, formatNumber, formatPlural, formatRatio } from '../format.ts';
import {
  apart,
  busiest,
  byBatch,
  fastest,
  latencyLoss,
  leastGain,
  pairCells,
  type Spread,
  spreadOf,
  stopsAt,
  trustworthy,
} from './analysis.ts';
import { curveCells, type PageContext, sizeText, valuesOf } from './page-context.ts';
import { pricePerMillion } from './sections/cost.ts';
import { hardwareThreadPairs, sameCoresFinding, sameThreadsFinding } from './sections/hardware-threads.ts';
import { hasMappings, mappingPairs } from './sections/numa.ts';
import {
  capital,
  formatRate,
  namedValue,
  plainPercent,
  rangeWords,
  signedPercent,
  threadsWords,
  valueWords,
} from './words.ts';

/** The sentence above a page: the most throughput, and where scaling stops. */
export function headline(context: PageContext): string {
  const cells = trustworthy(curveCells(context));
  const size = sizeText(context.dataset.dims);
  const subject = `${context.name}${size === '' ? '' : ` at ${size}`}`;
  if (cells.length === 0) return `${subject}: no cell was measured`;
  const best = busiest(cells);
  const stops = stopsOf(context);
  const scaling =
    stops.length === 0
      ? ''
      : stops.every(({ isLast }) => isLast)
        ? `, and gains up to the ${rangeThreads(stops.map(({ stop }) => stop))} measured`
        : `, and stops scaling at ${rangeThreads(stops.map(({ stop }) => stop))}`;
  const depending = new Set(stops.map(({ stop }) => stop)).size > 1 ? ', depending on the batch' : '';
  const doubt = best.trusted ? '' : ' (disturbed)';
  return `${subject} does at most ${formatRate(best.itemsPerSecond)}${doubt}, with ${threadsWords(best.threads)} at batch ${best.batch}${scaling}${depending}`;
}

/** `1 thread`, `4 to 16 threads`. */
function rangeThreads(values: readonly number[]): string {
  const range = rangeWords(values);
  return `${range} ${range === '1' ? 'thread' : 'threads'}`;
}

/** Where each batch stops gaining, from trusted cells. */
function stopsOf(context: PageContext): { batch: number; stop: number; isLast: boolean }[] {
  return [...byBatch(trustworthy(curveCells(context)))].flatMap(([batch, cells]) => {
    const stop = stopsAt(cells);
    const isLast = cells.every(({ threads }) => threads <= (stop ?? 0));
    return stop === null ? [] : [{ batch, stop, isLast }];
  });
}

/** What was found, a sentence each: the best cells, scaling, and what each setting that differs costs. */
export function findings(context: PageContext): string[] {
  const cells = trustworthy(curveCells(context));
  if (cells.length === 0) return [];
  return [
    latencyFinding(context),
    scalingFinding(context),
    mappingFinding(context),
    ...hardwareThreadFindings(context),
    ...settingFindings(context),
    priceFinding(context),
    stateFinding(context),
    skippedFinding(context),
  ].filter((sentence) => sentence !== null);
}

function latencyFinding(context: PageContext): string {
  const cells = trustworthy(curveCells(context));
  const smallest = byBatch(cells).entries().next().value!;
  const best = fastest(smallest[1]);
  return `A batch of ${smallest[0]} takes ${formatMs(best.latency.ms)} at least, with ${threadsWords(best.threads)}.`;
}

function scalingFinding(context: PageContext): string | null {
  const groups = [...byBatch(trustworthy(curveCells(context)))].filter(([, cells]) => cells.length > 1);
  if (groups.length === 0) return null;
  const gains = groups.map(([, cells]) => cells[0]!.latency.ms / fastest(cells).latency.ms);
  const fewest = Math.min(...groups.map(([, cells]) => cells[0]!.threads));
  if (gains.every((gain) => gain < 1 / (1 - leastGain)))
    return `No number of threads is faster than ${threadsWords(fewest)} by 5 % or more.`;
  const stops = stopsOf(context);
  const [first] = stops;
  const last = stops.at(-1)!;
  const where = stops.every(({ isLast }) => isLast)
    ? 'each batch gains 5 % and more up to the most that were measured'
    : stops.length === 1
      ? `no more than ${threadsWords(first!.stop)} gain 5 %`
      : first!.stop === last.stop
        ? `beyond ${threadsWords(first!.stop)} none gains 5 % at batch ${first!.batch} and at batch ${last.batch}`
        : `beyond ${threadsWords(first!.stop)} at batch ${first!.batch}, and ${last.stop} at batch ${last.batch}, none gains 5 %`;
  return `The best number of threads is ${rangeWords(gains, formatRatio)} times as fast as ${fewest === 1 ? 'one' : fewest}; ${where}.`;
}

function mappingFinding(context: PageContext): string | null {
  if (!hasMappings(context)) return null;
  const pairs = mappingPairs(context);
  const spread = spreadOf(pairs.map(latencyLoss));
  if (spread === null) return null;
  const worst = pairs.reduce((a, b) => (latencyLoss(b) > latencyLoss(a) ? b : a));
  const costs = spread.median >= 0 ? 'costs' : 'saves';
  return `Interleaving threads over sockets ${costs} ${plainPercent(spread.median)} latency in the median of ${formatPlural(spread.count, 'cell')} (${signedPercent(spread.least)} to ${signedPercent(spread.greatest)}); most at ${threadsWords(worst.threads)}, batch ${worst.batch}.`;
}

function hardwareThreadFindings(context: PageContext): string[] {
  const found = hardwareThreadPairs(context);
  if (found === null) return [];
  return [
    `${sameThreadsFinding(found.sameThreads, found.threadsPerCore)}.`,
    `${sameCoresFinding(found.sameCores, found.threadsPerCore)}.`,
  ];
}

/** A value of a setting against the usual one, at all places that were measured with both. */
interface SettingEffect {
  readonly name: SettingName;
  readonly value: string;
  readonly usual: string;
  readonly spread: Spread;
  /** In how many cells the intervals are apart. */
  readonly differing: ReturnType<typeof apart>;
}

function settingEffects(context: PageContext): SettingEffect[] {
  return [...context.choice.varying.keys()]
    .filter((name) => !['mode', 'mapping', 'hardwareThreads'].includes(name))
    .flatMap((name) => {
      const [usual = '', ...others] = valuesOf(context, name);
      return others.flatMap((value) => {
        const pairs = pairCells(
          curveCells(context, { [name]: usual }),
          curveCells(context, { [name]: value }),
        );
        const spread = spreadOf(pairs.map(({ base, other }) => other.latency.ms / base.latency.ms));
        return spread === null ? [] : { name, value, usual, spread, differing: apart(pairs) };
      });
    });
}

/** What each other value of a setting changes, the most first; those that change nothing for sure share a sentence. */
function settingFindings(context: PageContext): string[] {
  const effects = settingEffects(context);
  const isNoise = ({ spread, differing }: SettingEffect): boolean =>
    differing.known === spread.count && differing.apart === 0;
  const size = ({ spread }: SettingEffect): number => Math.abs(Math.log(spread.median));
  const shown = effects.filter((one) => !isNoise(one)).toSorted((a, b) => size(b) - size(a));
  const noise = effects.filter(isNoise);
  const listed = noise.map(
    ({ name, value, spread }) => `${namedValue(name, value)} ${formatRatio(spread.median)}`,
  );
  return [
    ...shown.map(({ name, value, usual, spread, differing }) => {
      const range = `${formatRatio(spread.least)} to ${formatRatio(spread.greatest)}`;
      return `${capital(namedValue(name, value))} takes ${formatRatio(spread.median)} times as long as ${valueWords(name, usual)} in the median of ${formatPlural(spread.count, 'cell')} (${range})${noiseWords(differing)}.`;
    }),
    ...(noise.length === 0
      ? []
      : [
          `No difference from the usual setting is shown, the 95 % intervals meet in each cell: ${listed.join(', ')} times as long in the median.`,
        ]),
  ];
}

/** In how many cells the difference is more than noise; empty where the source gives no intervals. */
function noiseWords({ apart: differing, known }: ReturnType<typeof apart>): string {
  if (known === 0) return '';
  return `; the 95 % intervals are apart in ${differing === known ? 'all' : `${differing} of ${known}`}`;
}

function priceFinding(context: PageContext): string | null {
  if (context.price === null) return null;
  const cells = trustworthy(curveCells(context));
  const priced = cells.map((cell) => ({ cell, cost: pricePerMillion(context, cell)! }));
  const best = priced.reduce((a, b) => (b.cost < a.cost ? b : a));
  return `A million items cost ${formatNumber(best.cost)} at least, with ${threadsWords(best.cell.threads)} at batch ${best.cell.batch}.`;
}

/** How many cells are disturbed or failed. */
function stateFinding(context: PageContext): string | null {
  const { dataset } = context;
  const disturbed = dataset.cells.filter((cell) => cell.state === 'measured' && !cell.trusted).length;
  const failed = dataset.cells.filter(({ state }) => state === 'failed').length;
  if (disturbed + failed === 0) return null;
  const words = [
    ...(disturbed > 0 ? [`${disturbed} disturbed (hollow)`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const kept = trustworthy(curveCells(context));
  const rest = kept.every(({ trusted }) => trusted)
    ? 'the best cells and scaling are told from trusted ones, ratios from all'
    : 'trusted ones do not reach every number of threads and batch, so these sentences rest on all';
  return `Of ${formatPlural(dataset.cells.length, 'cell')} ${words.join(' and ')}${disturbed > 0 ? `; ${rest}` : ''}.`;
}

/** How many cells a sweep asked for that could not be measured, and of what. */
function skippedFinding({ dataset: { skipped } }: PageContext): string | null {
  if (skipped.length === 0) return null;
  const cells = skipped.reduce((sum, one) => sum + one.cells, 0);
  return `Not measured, for the reasons below: ${formatPlural(cells, 'cell')} (${skipped.map(({ setting }) => setting).join(', ')}).`;
}
