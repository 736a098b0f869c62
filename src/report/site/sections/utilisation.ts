import type { Utilisation } from '../../../dataset/index.ts';
import { mean } from '../../../stats/index.ts';
import { formatPercent } from '../../format.ts';
import { heatFigure } from '../heat-figure.ts';
import type { PageContext } from '../page-context.ts';
import type { Section, SiteFigure } from '../site-figure.ts';

/** How busy each CPU was over runs, those that were not pinned first, so that they stand beside the pinned ones. */
export function utilisationSection(context: PageContext): Section | null {
  const runs = context.dataset.utilisation.toSorted((a, b) => Number(a.pinned) - Number(b.pinned));
  if (runs.length === 0) return null;
  return {
    id: 'utilisation',
    heading: 'Utilisation',
    subsections: [
      {
        id: 'utilisation-cores',
        heading: 'Each CPU Over A Run',
        figures: runs.map((run, index) => runFigure(context, run, index)),
      },
    ],
  };
}

/** A CPU that is busy for less than this share of the run counts as not used. */
const leastUse = 0.05;

function runFigure(context: PageContext, run: Utilisation, index: number): SiteFigure {
  const used = run.busy.filter((shares) => mean(shares) >= leastUse);
  const share = used.length === 0 ? 0 : mean(used.map((shares) => mean(shares)));
  const columns = run.timesMs.map((ms) => String(Number((ms / 1000).toFixed(2))));
  const rows = run.cpus.map(String);
  return heatFigure({
    file: `${context.stem}-utilisation-${run.pinned ? 'pinned' : 'unpinned'}-${index + 1}`,
    alt: `${context.name} Utilisation, ${run.label}`,
    title: `${run.label}: ${used.length} of ${run.cpus.length} CPUs used, ${formatPercent(share)} busy on average`,
    subtitle: `Share of time that each CPU was busy, over seconds from the start of the run; ${run.pinned ? 'pinned' : 'not pinned'}`,
    foot: context.foot,
    definition: 'utilisation',
    columns,
    rows,
    columnName: 'seconds',
    rowName: 'CPU',
    column: { column: 'seconds', words: 's' },
    row: { column: 'cpu', words: 'CPU' },
    value: { column: 'busy_share', words: 'busy share' },
    unit: '',
    format: formatPercent,
    isLog: false,
    isAlone: false,
    missing: [],
    tiles: run.busy.flatMap((shares, row) =>
      shares.map((value, column) => ({
        column: columns[column]!,
        row: rows[row]!,
        value,
        trusted: true,
      })),
    ),
  });
}
