import type { MeasuredCell, SettingName } from '../../../dataset/index.ts';
import { byBatch } from '../analysis.ts';
import { type LineFigureInput, lineFigure } from '../line-figure.ts';
import { curveCells, failedCells, footnotesOf, type PageContext, valuesOf } from '../page-context.ts';
import { type Measure, pointsOf, valuePaint } from '../plot.ts';
import type { SiteFigure } from '../site-figure.ts';
import { settingWords, threadsAxis, valueWords } from '../words.ts';

/** What the charts of single batches show. */
export interface PerBatch {
  readonly measure: Measure;
  /** @param cells Of one batch, a list for each value of the setting. */
  readonly frame: (
    batch: number,
    cells: readonly (readonly MeasuredCell[])[],
  ) => Pick<LineFigureInput, 'file' | 'alt' | 'title' | 'subtitle' | 'definition' | 'y' | 'format' | 'ideal'>;
}

/** Something over threads for one batch, a line for each value of a setting: a chart for each batch. */
export function chartsPerBatch(
  context: PageContext,
  setting: SettingName,
  { measure, frame }: PerBatch,
): SiteFigure[] {
  const values = valuesOf(context, setting);
  const sets = values.map((value) => curveCells(context, { [setting]: value }));
  const failed = values.flatMap((value) => failedCells(context, { [setting]: value }));
  return [...byBatch(sets.flat()).keys()].map((batch) => {
    const cells = sets.map((all) => all.filter((cell) => cell.batch === batch));
    return lineFigure({
      ...frame(batch, cells),
      foot: context.foot,
      footnotes: footnotesOf(failed.filter((cell) => cell.batch === batch)),
      by: { column: setting, words: settingWords[setting] },
      x: threadsAxis,
      lines: values.map((value, index) => ({
        name: valueWords(setting, value),
        label: values.length > 1 ? valueWords(setting, value) : '',
        color: valuePaint(index),
        points: pointsOf(cells[index]!, measure),
      })),
    });
  });
}
