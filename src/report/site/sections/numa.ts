import { formatMs } from '../../format.ts';
import { byBatch, type CellPair, latencyLoss, pairCells, spreadOf, throughputLoss } from '../analysis.ts';
import type { DefinitionId } from '../definitions.ts';
import { lineFigure, type PlotPoint } from '../line-figure.ts';
import { curveCells, failedCells, footnotesOf, type PageContext } from '../page-context.ts';
import { latencyMeasure, type Measure, pointsOf, throughputMeasure, valuePaint } from '../plot.ts';
import type { Section, SiteFigure } from '../site-figure.ts';
import {
  barWords,
  fixedWords,
  formatRate,
  latencyWords,
  plainPercent,
  signedPercent,
  threadsAxis,
  threadsWords,
  throughputWords,
} from '../words.ts';

/** Whether there are cells of both mappings to compare. */
export const hasMappings = ({ choice }: PageContext): boolean => {
  const mappings = choice.varying.get('mapping') ?? [];
  return mappings.includes('sequential') && mappings.includes('interleave');
};

/** What it changes to spread threads over sockets: both mappings, and the loss, of latency and throughput per batch. */
export function numaSection(context: PageContext): Section {
  return {
    id: 'numa-effects',
    heading: 'NUMA-Effects',
    subsections: [
      { id: 'numa-latency', heading: 'Latency Per Batch', figures: mappingFigures(context, 'latency') },
      {
        id: 'numa-latency-loss',
        heading: '% Latency Loss Per Batch',
        figures: lossFigures(context, 'latency'),
      },
      {
        id: 'numa-throughput',
        heading: 'Throughput Per Batch',
        figures: mappingFigures(context, 'throughput'),
      },
      {
        id: 'numa-throughput-loss',
        heading: '% Throughput Loss Per Batch',
        figures: lossFigures(context, 'throughput'),
      },
    ],
  };
}

const mappings = ['sequential', 'interleave'] as const;

/** What of a cell is compared. */
type Kind = 'latency' | 'throughput';

const kinds: Readonly<
  Record<
    Kind,
    { measure: Measure; loss: (pair: CellPair) => number; definition: DefinitionId; formula: string }
  >
> = {
  latency: {
    measure: latencyMeasure,
    loss: latencyLoss,
    definition: 'latency-loss',
    formula: '% latency loss = (interleave − sequential) ÷ sequential × 100',
  },
  throughput: {
    measure: throughputMeasure,
    loss: throughputLoss,
    definition: 'throughput-loss',
    formula: '% throughput loss = (sequential − interleave) ÷ sequential × 100',
  },
};

/** Pairs of a sequential and an interleaved cell. */
export const mappingPairs = (context: PageContext): CellPair[] =>
  pairCells(curveCells(context, { mapping: 'sequential' }), curveCells(context, { mapping: 'interleave' }));

function batchesOf(context: PageContext): number[] {
  const cells = mappings.flatMap((mapping) => curveCells(context, { mapping }));
  return [...byBatch(cells).keys()];
}

function mappingFigures(context: PageContext, kind: Kind): SiteFigure[] {
  const pairs = mappingPairs(context);
  return batchesOf(context).map((batch) => {
    const sets = mappings.map((mapping) =>
      curveCells(context, { mapping }).filter((cell) => cell.batch === batch),
    );
    const all = sets.flat();
    return lineFigure({
      file: `${context.stem}-${kind}-numa-${batch}`,
      alt: `${context.name} ${kind === 'latency' ? 'Latency' : 'Throughput'} BS=${batch}`,
      title: mappingFinding(batch, pairs, kind),
      subtitle:
        kind === 'latency'
          ? `${latencyWords(all)}, over threads${barWords(all)}${fixedWords(context, ['mapping'])}`
          : `${throughputWords(all)}, over threads${fixedWords(context, ['mapping'])}`,
      foot: context.foot,
      definition: kind,
      footnotes: footnotesOf(
        mappings
          .flatMap((mapping) => failedCells(context, { mapping }))
          .filter((cell) => cell.batch === batch),
      ),
      by: { column: 'mapping', words: 'mapping' },
      x: threadsAxis,
      y:
        kind === 'latency'
          ? { column: 'latency_ms', words: 'latency, ms' }
          : { column: 'items_per_second', words: 'items/s' },
      format: kind === 'latency' ? formatMs : formatRate,
      ideal: kind === 'latency' ? 'halves' : 'doubles',
      lines: mappings.map((mapping, index) => ({
        name: mapping,
        label: mapping,
        color: valuePaint(index),
        points: pointsOf(sets[index]!, kinds[kind].measure),
      })),
    });
  });
}

function mappingFinding(batch: number, pairs: readonly CellPair[], kind: Kind): string {
  const spread = spreadOf(pairs.filter((pair) => pair.batch === batch).map(kinds[kind].loss));
  if (spread === null) return `Batch ${batch}: no number of threads has both mappings`;
  const less =
    kind === 'latency' ? ['longer', 'less time'] : ['fewer items per second', 'more items per second'];
  const verb = kind === 'latency' ? 'takes' : 'does';
  const size = plainPercent(spread.median);
  return `Batch ${batch} interleaved ${verb} ${size} ${spread.median >= 0 ? less[0] : less[1]} in the median of ${spread.count} thread counts`;
}

function lossFigures(context: PageContext, kind: Kind): SiteFigure[] {
  const pairs = mappingPairs(context);
  const { loss, definition, formula } = kinds[kind];
  return [...new Set(pairs.map(({ batch }) => batch))].map((batch) => {
    const own = pairs.filter((pair) => pair.batch === batch);
    const points = own.map((pair): PlotPoint => lossPoint(pair, loss(pair)));
    return lineFigure({
      file: `${context.stem}-${kind}-ratio-${batch}`,
      alt: `${context.name} ${kind === 'latency' ? 'Latency' : 'Throughput'} BS=${batch}`,
      title: lossFinding(batch, own, loss, kind),
      subtitle: `% ${kind} loss of interleaving over threads; above zero, interleaving is worse${fixedWords(context, ['mapping'])}`,
      foot: context.foot,
      formula,
      definition,
      by: { column: 'mapping', words: 'mapping' },
      x: threadsAxis,
      y: { column: `${kind}_loss_percent`, words: `% ${kind} loss` },
      format: (value) => signedPercent(value / 100),
      scale: 'linear',
      lines: [{ name: 'interleave', label: 'interleave', color: valuePaint(1), points }],
    });
  });
}

function lossPoint({ threads, base, other }: CellPair, share: number): PlotPoint {
  return {
    x: threads,
    value: share * 100,
    interval: null,
    trusted: base.trusted && other.trusted,
    origin: other.origin,
  };
}

function lossFinding(
  batch: number,
  pairs: readonly CellPair[],
  loss: (pair: CellPair) => number,
  kind: Kind,
): string {
  if (pairs.length === 0) return `Batch ${batch}: no number of threads has both mappings`;
  const worst = pairs.reduce((a, b) => (loss(b) > loss(a) ? b : a));
  if (loss(worst) <= 0) return `Batch ${batch} loses no ${kind} to interleaving at any number of threads`;
  const middle = spreadOf(pairs.map(loss))!.median;
  return `Batch ${batch} loses at most ${plainPercent(loss(worst))} ${kind} to interleaving, at ${threadsWords(worst.threads)}; median ${signedPercent(middle)}`;
}
