import { keyOf, type SettingName } from '../../dataset/index.ts';
import { type PageContext, valuesOf } from './page-context.ts';
import { costSection } from './sections/cost.ts';
import { gflopsSection } from './sections/gflops.ts';
import { hardwareThreadsSection } from './sections/hardware-threads.ts';
import { heatMapSection } from './sections/heat-map.ts';
import { instancesSection } from './sections/instances.ts';
import { latencyOfAllBatches, latencyPerBatch } from './sections/latency.ts';
import { hasMappings, numaSection } from './sections/numa.ts';
import { sideBySideSections } from './sections/side-by-side.ts';
import {
  speedUpFigure,
  throughputOfAllBatches,
  throughputOverBatch,
  throughputPerBatch,
} from './sections/throughput.ts';
import { utilisationSection } from './sections/utilisation.ts';
import type { Section, SiteFigure } from './site-figure.ts';
import { capital } from './words.ts';

/** Whether a page compares hardware threads off and on, as the document on them does. */
const comparesHardwareThreads = ({ choice }: PageContext): boolean => choice.varying.has('hardwareThreads');

/** The optimization that a page's curves have, as part of a file name. */
const optimizationOf = ({ choice }: PageContext): string => choice.usual.optimization || 'all';

/** `(Sequential)` where no other mapping was measured. */
function mappingSuffix(context: PageContext): string {
  return !hasMappings(context) && context.choice.usual.mapping === 'sequential' ? ' (Sequential)' : '';
}

/** The sections of Packrat's scalability pages, in their order, under their headings and the names of their files. */
export function documentSections(context: PageContext): Section[] {
  const isHt = comparesHardwareThreads(context);
  const lines: SettingName = isHt ? 'hardwareThreads' : 'optimization';
  const suffix = mappingSuffix(context);
  const { stem, name } = context;
  const option = keyOf(optimizationOf(context));
  const sections: Section[] = [
    {
      id: 'latency',
      heading: `Latency${suffix}`,
      subsections: [
        { id: 'latency-per-batch', heading: 'Latency Per Batch', figures: latencyPerBatch(context, lines) },
        {
          id: 'latency-per-optimization',
          heading: 'Latency Per Optimization',
          figures: perOptimization(context, 'latency', isHt),
        },
      ],
    },
    {
      id: 'throughput',
      heading: `Throughput${suffix}`,
      subsections: [
        {
          id: 'throughput-per-batch',
          heading: 'Throughput Per Batch',
          figures: throughputPerBatch(context, lines),
        },
        {
          id: 'throughput-per-optimization',
          heading: 'Throughput Per Optimization',
          figures: perOptimization(context, 'throughput', isHt),
        },
        ...(isHt ? [] : scalingSubsections(context, { stem, name, option })),
      ],
    },
  ];
  return withoutEmpty([...sections, ...(hasMappings(context) ? [numaSection(context)] : [])]);
}

interface Names {
  readonly stem: string;
  readonly name: string;
  readonly option: string;
}

function scalingSubsections(context: PageContext, { stem, name, option }: Names): Section['subsections'] {
  return [
    {
      id: 'speed-up',
      heading: 'Speedup',
      figures: kept([
        speedUpFigure(context, {
          file: `${stem}-throughput-speedup-${option}`,
          alt: `${name} Speedup Opt=${capital(option)}`,
        }),
      ]),
    },
    {
      id: 'throughput-over-batch',
      heading: 'Throughput Per Batch',
      figures: kept([
        throughputOverBatch(context, {
          file: `${stem}-throughput-${option}-perBS`,
          alt: `${name} Throughput per BS`,
        }),
      ]),
    },
  ];
}

/** A chart of all batches for the usual optimization; with hardware threads off and on, one for each. */
function perOptimization(context: PageContext, kind: 'latency' | 'throughput', isHt: boolean): SiteFigure[] {
  const { stem, name } = context;
  const option = optimizationOf(context);
  const draw = kind === 'latency' ? latencyOfAllBatches : throughputOfAllBatches;
  const word = capital(kind);
  if (!isHt)
    return kept([
      draw(
        context,
        {},
        { file: `${stem}-${kind}-${keyOf(option)}`, alt: `${name} ${word} Opt=${capital(option)}` },
      ),
    ]);
  return kept(
    valuesOf(context, 'hardwareThreads').map((value) => {
      // The documents write Python's booleans.
      const python = value === 'on' ? 'True' : 'False';
      const names = {
        file: `${stem}-${kind}-${keyOf(option)}-${python}`,
        alt: `${name} ${word} HT=${python}`,
      };
      return draw(context, { hardwareThreads: value }, names);
    }),
  );
}

/** What the same data can show beyond those pages. */
export function furtherSections(context: PageContext): Section[] {
  const drawn: SettingName[] = ['mode', ...(hasMappings(context) ? (['mapping'] as const) : [])];
  const isHt = comparesHardwareThreads(context);
  const hardwareThreads = hardwareThreadsSection(context);
  if (hardwareThreads !== null || isHt) drawn.push('hardwareThreads');
  if (!isHt) drawn.push('optimization');
  const option = keyOf(optimizationOf(context));
  const ownScaling: Section = {
    id: 'scaling',
    heading: 'Scaling',
    subsections: isHt ? scalingSubsections(context, { stem: context.stem, name: context.name, option }) : [],
  };
  return withoutEmpty(
    kept([
      heatMapSection(context),
      hardwareThreads,
      ownScaling,
      gflopsSection(context),
      ...sideBySideSections(context, drawn),
      otherOptimizations(context, isHt),
      instancesSection(context),
      costSection(context),
      utilisationSection(context),
    ]),
  );
}

/** The charts of all batches for the other optimizations, which the documents leave out. */
function otherOptimizations(context: PageContext, isHt: boolean): Section | null {
  const others = isHt ? [] : (context.choice.varying.get('optimization') ?? []).slice(1);
  const { stem, name } = context;
  const figures = others.flatMap((value) => {
    const names = (kind: string) => ({
      file: `${stem}-${kind.toLowerCase()}-${keyOf(value)}`,
      alt: `${name} ${kind} Opt=${capital(value)}`,
    });
    return kept([
      latencyOfAllBatches(context, { optimization: value }, names('Latency')),
      throughputOfAllBatches(context, { optimization: value }, names('Throughput')),
    ]);
  });
  if (figures.length === 0) return null;
  return {
    id: 'other-optimizations',
    heading: 'Other Optimizations',
    subsections: [{ id: 'other-optimizations-batches', heading: 'All Batches', figures }],
  };
}

const kept = <T>(list: readonly (T | null)[]): T[] => list.filter((one) => one !== null);

function withoutEmpty(sections: readonly Section[]): Section[] {
  return sections
    .map((section) => ({
      ...section,
      subsections: section.subsections.filter(({ figures }) => figures.length > 0),
    }))
    .filter(({ subsections }) => subsections.length > 0);
}
