import { createHash } from 'node:crypto';
import { join, relative, resolve } from 'node:path';
import { safeName } from '../report/downloads.ts';
import type { Side } from './compare-sides.ts';

/** With `.json.PID.tmp` after it a name must stay below the 255 bytes that Linux allows. */
const longestBytes = 200;

/** What is compared. */
export interface Compared {
  readonly a: Pick<Side, 'name'>;
  readonly b: Pick<Side, 'name'>;
  /** As `--vary` was given. */
  readonly vary: readonly string[];
}

/**
 * The page's place where `--out` names none, by what is compared, so that no comparison overwrites another's page:
 * `PROJECT/reports/compare-before-after.jsonl.gz.html`, `…/compare-allocator-glibc-allocator-jemalloc.html`. The project
 * folder itself is not named where both sides are of it. A name too long for a file ends with a hash instead.
 */
export function compareReportFile(project: string, compared: Compared): string {
  const { a, b, vary } = compared;
  const [whereA, whereB] = [a.name.where, b.name.where];
  const both = Object.entries(whereA).filter(([column, value]) => whereB[column] === value);
  const inBoth = new Set(both.map(([column]) => column));
  const own = (where: Readonly<Record<string, string>>): string[] =>
    Object.entries(where).flatMap(([column, value]) => (inBoth.has(column) ? [] : [`${column}-${value}`]));
  const sourceOfA = pathWords(a.name.source);
  const isOfOneSource = a.name.source === b.name.source;
  const isOfProject = isOfOneSource && resolve(a.name.source) === resolve(project);
  const words = [
    'compare',
    ...(isOfProject ? [] : [sourceOfA]),
    ...own(whereA),
    ...(isOfOneSource ? [] : [pathWords(b.name.source)]),
    ...own(whereB),
    ...both.map(([column, value]) => `${column}-${value}`),
    ...vary.map((columns) => `vary-${columns}`),
  ];
  const name = words.map(safeName).join('-');
  const hash = createHash('sha256').update(words.join('\n')).digest('hex').slice(0, 12);
  const short = `${[...name].slice(0, 60).join('')}-${hash}`;
  return join(project, 'reports', `${Buffer.byteLength(name) <= longestBytes ? name : short}.html`);
}

/** A path from the working directory, or a whole one where it lies elsewhere. */
function pathWords(source: string): string {
  const path = relative('', source);
  return path === '' || path.startsWith('..') ? resolve(source) : path;
}
