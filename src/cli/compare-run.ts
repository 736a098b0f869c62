import {
  compareCells,
  compareEnvironments,
  type Matching,
  matchCells,
  sharedSeries,
} from '../compare/index.ts';
import { ThinferError } from '../errors.ts';
import type { ComparePageData } from '../report/index.ts';
import { nearestName } from '../table/index.ts';
import { columnOf } from './compare-columns.ts';
import type { CompareFlags } from './compare-flags.ts';
import { describeSides } from './compare-labels.ts';
import { environmentOf, type Side } from './compare-sides.ts';
import { listValues } from './compare-where.ts';
import { repeatCommand } from './repeat-command.ts';
import { version } from './version.ts';

/** What two different sources are expected to differ in. */
const machineColumns = ['cpu_model', 'topology_hash', 'engine_version'];

/** Compares two sides. Throws `usage` where they can't be matched. */
export function compareSides(a: Side, b: Side, flags: CompareFlags): ComparePageData {
  const varied = variedColumns(a, b, flags);
  refuseSameSide(a, b);
  const matching = matchCells(a.cells, b.cells, new Set(varied));
  refuseAmbiguous(matching, a, b);
  refuseNothingInCommon(matching);
  const { cells, elsewhere } = isOfOneSource(a, b)
    ? sharedSeries(matching.cells)
    : { cells: matching.cells, elsewhere: { a: 0, b: 0 } };
  const { threshold, alpha } = flags;
  return {
    versions: { thinfer: version(), node: process.versions.node },
    madeAt: new Date().toISOString(),
    command: repeatCommand('compare'),
    ...describeSides(a, b),
    varied,
    unmatched: matching.unmatched,
    elsewhere,
    environment: compareEnvironments(
      environmentOf(
        a,
        cells.flatMap((cell) => cell.a ?? []),
      ),
      environmentOf(
        b,
        cells.flatMap((cell) => cell.b ?? []),
      ),
    ),
    threshold,
    alpha,
    comparison: compareCells(cells, {
      threshold,
      alpha,
      judgeDisturbed: flags.disturbed === 'judge',
    }),
  };
}

/** What `--vary` names, what the sides ask for with different values, and between two sources the machine and the engine's version. */
function variedColumns(a: Side, b: Side, { vary }: CompareFlags): string[] {
  const asked = vary.flatMap((text) => text.split(',')).map((name) => columnOf(name.trim()));
  const known = [...new Set([...a.cells, ...b.cells].flatMap(({ columns }) => Object.keys(columns)))];
  const unknown = asked.filter((column) => !known.includes(column));
  if (unknown.length > 0)
    throw new ThinferError(
      'usage',
      unknown
        .map((column) => {
          const nearest = nearestName(column, known);
          return `--vary: there is no column ${JSON.stringify(column)}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
        })
        .join('\n'),
      { remedy: `columns: ${known.join(', ')}` },
    );
  const told = Object.keys(a.name.where).filter(
    (column) => column in b.name.where && a.name.where[column] !== b.name.where[column],
  );
  const byMachine = isOfOneSource(a, b) ? [] : machineColumns;
  const all = new Set([...asked, ...told, ...byMachine]);
  // The topology is the machine's.
  if (all.has('cpu_model')) all.add('topology_hash');
  return [...all].filter((column) => known.includes(column));
}

/** Two settings are then compared, not two runs: what one side has of other settings alone is not missing from the other. */
const isOfOneSource = (a: Side, b: Side): boolean => a.name.source === b.name.source;

function refuseSameSide(a: Side, b: Side): void {
  const isSame = isOfOneSource(a, b) && JSON.stringify(a.name.where) === JSON.stringify(b.name.where);
  if (isSame)
    throw new ThinferError('usage', `${a.name.text} and ${b.name.text}: A and B are the same`, {
      remedy: 'say what tells them apart, for example :allocator=glibc :allocator=jemalloc',
    });
}

function refuseAmbiguous({ ambiguous }: Matching, a: Side, b: Side): void {
  if (ambiguous.length === 0) return;
  const problems = ambiguous.map(({ side, column, values }) => {
    const { text } = (side === 'A' ? a : b).name;
    return `${side}, ${text}: ${column === '' ? `the same cell stands there twice: ${values.join(', ')}` : `${column} is ${listValues(values)} in cells that nothing else tells apart`}`;
  });
  throw new ThinferError('usage', problems.join('\n'), { remedy: ambiguityRemedy(ambiguous[0]!, a, b) });
}

function ambiguityRemedy({ side, column, values }: Matching['ambiguous'][number], a: Side, b: Side): string {
  const { source } = (side === 'A' ? a : b).name;
  if (column === '') return `leave all but one of them out of ${source}`;
  const value = values.find((one) => one !== '') ?? '';
  return `choose one: ${source}:${column}=${value}${column === 'model_hash' || column === 'method' ? '' : ", or don't vary it"}`;
}

function refuseNothingInCommon({ cells, disjoint }: Matching): void {
  if (cells.some(({ a, b }) => a !== null && b !== null)) return;
  const why = disjoint.map(
    ({ column, a, b }) => `${column} is ${listValues(a)} in A, and ${listValues(b)} in B`,
  );
  throw new ThinferError('usage', ['A and B have no cell in common', ...why].join('\n'), {
    remedy:
      disjoint.length === 0
        ? 'measure the same threads and batches on both sides'
        : `where that is meant, say so: --vary ${disjoint.map(({ column }) => column).join(',')}`,
  });
}
