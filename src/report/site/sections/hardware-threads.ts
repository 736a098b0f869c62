import { byBatch, type CellPair, latencyLoss, pairCells, spreadOf } from '../analysis.ts';
import type { DefinitionId } from '../definitions.ts';
import { type Axis, lineFigure } from '../line-figure.ts';
import { curveCells, type PageContext } from '../page-context.ts';
import { numberLines } from '../plot.ts';
import type { Section, SiteFigure } from '../site-figure.ts';
import { batchAxis, fixedWords, plainPercent, signedPercent, threadsAxis } from '../words.ts';

/** Hardware threads in both senses, each as pairs of a cell without and one with them. */
export interface HardwareThreadPairs {
  /** Equal numbers of threads; with hardware threads on `threadsPerCore` times fewer cores. */
  readonly sameThreads: readonly CellPair[];
  /** Equal cores; with hardware threads `threadsPerCore` times the threads. */
  readonly sameCores: readonly CellPair[];
  readonly threadsPerCore: number;
}

/**
 * The pairs of a page; null where it has no cells of both kinds, or where it is not known how many threads a core has. Files that do not say
 * tell it by their largest numbers of threads, with and without.
 */
export function hardwareThreadPairs(context: PageContext): HardwareThreadPairs | null {
  if (!context.choice.varying.has('hardwareThreads')) return null;
  const off = curveCells(context, { hardwareThreads: 'off' });
  const on = curveCells(context, { hardwareThreads: 'on' });
  if (off.length === 0 || on.length === 0) return null;
  const most = (cells: typeof off): number => Math.max(...cells.map(({ threads }) => threads));
  const threadsPerCore = context.dataset.machine.threadsPerCore ?? most(on) / most(off);
  if (!Number.isInteger(threadsPerCore) || threadsPerCore < 2) return null;
  return {
    // An odd number of threads leaves a core with one; one thread has nothing to share.
    sameThreads: pairCells(off, on).filter(({ threads }) => threads % threadsPerCore === 0),
    sameCores: pairCells(off, on, ({ threads, batch }) => `${threads / threadsPerCore} ${batch}`),
    threadsPerCore,
  };
}

/** The section of both senses; null where there is nothing to compare. */
export function hardwareThreadsSection(context: PageContext): Section | null {
  const found = hardwareThreadPairs(context);
  if (found === null) return null;
  const { sameThreads, sameCores, threadsPerCore } = found;
  const figures = [
    lossFigure(context, {
      kind: 'same-threads',
      pairs: sameThreads,
      title: sameThreadsFinding(sameThreads, threadsPerCore),
      x: threadsAxis,
      what: `the same number of threads with hardware threads on, on a ${threadsPerCore === 2 ? 'half' : `${threadsPerCore}th`} of the cores`,
    }),
    lossFigure(context, {
      kind: 'same-cores',
      pairs: sameCores,
      title: sameCoresFinding(sameCores, threadsPerCore),
      x: { column: 'cores', words: 'cores' },
      what: `a thread on each of the ${threadsPerCore} hardware threads of every core against one thread on each core`,
    }),
  ].filter((one) => one !== null);
  return {
    id: 'hardware-threads',
    heading: 'Hardware Threads',
    subsections: [{ id: 'hardware-threads-both', heading: 'In Both Senses', figures }],
  };
}

/** What it takes to run as many threads on fewer cores. */
export function sameThreadsFinding(pairs: readonly CellPair[], threadsPerCore: number): string {
  const spread = spreadOf(pairs.map(latencyLoss));
  if (spread === null) return 'No cell has a partner with hardware threads on';
  const won = pairs.filter((pair) => latencyLoss(pair) > 0).length;
  const share = threadsPerCore === 2 ? 'half' : `1/${threadsPerCore} of`;
  return `Physical cores alone win ${won} of ${pairs.length} cells (${plainPercent(won / pairs.length)}): as many threads on ${share} the cores take ${plainPercent(spread.median)} ${spread.median >= 0 ? 'longer' : 'less time'} in the median`;
}

/** What it brings to use the other hardware threads of the same cores. */
export function sameCoresFinding(pairs: readonly CellPair[], threadsPerCore: number): string {
  const spread = spreadOf(pairs.map(latencyLoss));
  if (spread === null) return 'No cell has a partner with hardware threads on';
  const gained = pairs.filter((pair) => latencyLoss(pair) < 0).length;
  const times = threadsPerCore === 2 ? 'Twice' : `${threadsPerCore} times`;
  return `${times} the threads on the same cores take ${plainPercent(spread.median)} ${spread.median >= 0 ? 'longer' : 'less time'} in the median, and are faster in ${gained} of ${pairs.length} cells`;
}

interface LossInput {
  readonly kind: Extract<DefinitionId, 'same-threads' | 'same-cores'>;
  readonly pairs: readonly CellPair[];
  readonly title: string;
  readonly x: Axis;
  readonly what: string;
}

function lossFigure(context: PageContext, { kind, pairs, title, x, what }: LossInput): SiteFigure | null {
  if (pairs.length === 0) return null;
  const losses = new Map(pairs.map((pair) => [pair.base, pair]));
  const lines = new Map(
    [...byBatch(pairs.map(({ base }) => base))].map(([batch, cells]) => [
      batch,
      cells.map((cell) => {
        const pair = losses.get(cell)!;
        return {
          x: cell.threads,
          value: latencyLoss(pair) * 100,
          interval: null,
          trusted: pair.base.trusted && pair.other.trusted,
          origin: pair.other.origin,
        };
      }),
    ]),
  );
  return lineFigure({
    file: `${context.stem}-latency-ht-${kind}`,
    alt: `${context.name} Latency Loss HT ${kind}`,
    title,
    subtitle: `% latency above that of physical cores alone, over ${x.words}, a line for each batch: ${what}${fixedWords(context, ['hardwareThreads'])}`,
    foot: context.foot,
    formula: '(on − off) ÷ off × 100',
    definition: kind,
    by: batchAxis,
    x,
    y: { column: 'latency_loss_percent', words: '% latency above' },
    format: (value) => signedPercent(value / 100),
    scale: 'linear',
    lines: numberLines(lines, (batch) => `batch ${batch}`),
  });
}
