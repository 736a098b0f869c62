import { formatPlural } from '../report/format.ts';
import type { Skipped } from '../study/index.ts';
import { describeDims } from './dim-lists.ts';
import { formatSeconds } from './format-seconds.ts';
import type { ReadSweep } from './read-sweep.ts';
import type { PlannedBlock, PlannedModel } from './sweep-plan.ts';
import { type Expectations, expectedMs } from './sweep-progress.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** A sweep before it begins. */
export interface CheckedSweep {
  /** Of the models that were asked for, without the machine's peak. */
  readonly askedCells: number;
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
  expected: Expectations,
): CheckedSweep {
  const blocks = planned.flatMap((one) => one.blocks);
  const models = planned.map(({ model, blocks: own }) => ({
    model: model.name,
    sizes: own.map(({ dims }) => dims),
    combinations: own[0]?.series.length ?? 0,
    cells: cellCount(own),
  }));
  const skipped = planned.flatMap(({ model, skipped: own }) =>
    own.map((one) => ({ model: model.name, ...one })),
  );
  return {
    askedCells: cellCount(planned.flatMap((one) => (one.forPeak ? [] : one.blocks))),
    json: {
      study: 'sweep',
      name: asked.sweep.name,
      cells: {
        possible: cellCount(blocks),
        stored: blocks.reduce((sum, block) => sum + (expected.stored.get(block)?.size ?? 0), 0),
        skipped: skipped.reduce((sum, one) => sum + one.cells, 0),
      },
      models,
      skipped,
      estimatedSeconds:
        blocks.reduce((sum, block) => sum + expectedMs(block, block.series, expected), 0) / 1000,
    },
  };
}

const cellCount = (blocks: readonly PlannedBlock[]): number =>
  blocks.flatMap(({ series }) => series).reduce((sum, { cells }) => sum + cells.length, 0);

/** What will be measured, about how long it takes, and what is left out and why. */
export function describeCheck({ json }: CheckedSweep, terminal: Terminal): string {
  const { cells, models, skipped, estimatedSeconds } = json;
  const time =
    cells.possible === cells.stored
      ? 'nothing is left to measure'
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
