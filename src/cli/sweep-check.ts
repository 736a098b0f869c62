import { pointHash, settingsOf } from '../profile/index.ts';
import { formatPlural } from '../report/format.ts';
import type { Skipped } from '../study/index.ts';
import { describeDims } from './dim-lists.ts';
import { formatSeconds } from './format-seconds.ts';
import type { ReadSweep } from './read-sweep.ts';
import type { KnownBefore } from './sweep-known.ts';
import {
  cellEstimateMs,
  engineSettings,
  type PlannedModel,
  placementOf,
  type SweepMachine,
} from './sweep-plan.ts';
import { ruleOf } from './sweep-rule.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** A sweep before it begins. */
export interface CheckedSweep {
  /** That can be measured, those stored already included. */
  readonly cells: number;
  readonly json: {
    readonly study: 'sweep';
    readonly name: string | null;
    readonly cells: { readonly possible: number; readonly stored: number; readonly skipped: number };
    readonly models: readonly {
      readonly model: string;
      readonly sizes: readonly Readonly<Record<string, number>>[];
      readonly combinations: number;
      readonly cells: number;
    }[];
    readonly skipped: readonly (Skipped & { readonly model: string })[];
    /** For the cells that are not stored: from FLOPs, and half the machine's peak where it was measured. */
    readonly estimatedSeconds: number;
  };
}

/** Counts cells, finds those that are stored, and guesses the time of the others. */
export function checkSweep(
  planned: readonly PlannedModel[],
  asked: ReadSweep,
  means: SweepMachine,
  { hashes: stored, gflopsPerThread }: KnownBefore,
): CheckedSweep {
  const rule = ruleOf(asked);
  let storedCells = 0;
  let estimatedMs = 0;
  const models = planned.map(({ model, blocks }) => {
    let cells = 0;
    for (const { dims, series, flopsPerItem } of blocks)
      for (const one of series) {
        const engine = engineSettings(asked.engine, model, one.settings);
        const placement = placementOf(one.settings, one, means);
        for (const cell of one.cells) {
          cells++;
          const isOriginal = one.settings.precision === 'original';
          const hash = pointHash(settingsOf(cell, { model, dims, engine, placement }));
          if (isOriginal && stored.has(hash)) storedCells++;
          else estimatedMs += cellEstimateMs(cell, flopsPerItem, rule, gflopsPerThread);
        }
      }
    const combinations = blocks[0]?.series.length ?? 0;
    return { model: model.name, sizes: blocks.map(({ dims }) => dims), combinations, cells };
  });
  const skipped = planned.flatMap(({ model, skipped: own }) =>
    own.map((one) => ({ model: model.name, ...one })),
  );
  const cells = models.reduce((sum, one) => sum + one.cells, 0);
  return {
    cells,
    json: {
      study: 'sweep',
      name: asked.sweep.name,
      cells: {
        possible: cells,
        stored: storedCells,
        skipped: skipped.reduce((sum, one) => sum + one.cells, 0),
      },
      models,
      skipped,
      estimatedSeconds: estimatedMs / 1000,
    },
  };
}

/** What will be measured, about how long it takes, and what is left out and why. */
export function describeCheck({ json }: CheckedSweep, terminal: Terminal): string {
  const { cells, models, skipped, estimatedSeconds } = json;
  const time =
    cells.possible === cells.stored
      ? 'all of them stored'
      : `about ${formatSeconds(estimatedSeconds)} to measure, guessed from FLOPs`;
  const lines = [
    terminal.bold(
      `study${json.name === null ? '' : ` ${json.name}`}: ${formatPlural(cells.possible, 'cell')}, ${cells.stored} stored already; ${time}`,
    ),
    formatTable(
      models,
      [
        { title: 'model', value: (one) => one.model },
        { title: 'sizes', value: (one) => one.sizes.map(describeDims).filter(Boolean).join('; ') || '–' },
        { title: 'series', value: (one) => String(one.combinations), align: 'right' },
        { title: 'cells', value: (one) => String(one.cells), align: 'right' },
      ],
      terminal.width,
    ),
  ];
  if (skipped.length > 0)
    lines.push(
      `Not measured, ${formatPlural(cells.skipped, 'cell')}:`,
      ...skipped.map(
        (one) => `  ${one.model}, ${one.setting}: ${one.reason} (${formatPlural(one.cells, 'cell')})`,
      ),
    );
  return lines.join('\n');
}
