import { type BundleHeader, readBundle } from '../bundle/index.ts';
import { lockMeasuring, type MergeSummary, RecordMerger } from '../store/index.ts';
import { describeLines, describeMerge } from './bundle-text.ts';
import type { Terminal } from './terminal.ts';

/** What became of a bundle. `checked`: it was only read. */
export interface ImportedBundle {
  readonly file: string;
  readonly state: 'stored' | 'unchanged' | 'checked';
  readonly lines: BundleHeader['lines'];
  /** Null where it was only read. */
  readonly merged: MergeSummary | null;
}

/**
 * Reads a bundle whole before anything is made, then once more into one transaction of the project folder's database:
 * all of it is there, or nothing is. Throws `store-invalid`, `busy` where a command measures there, `usage` where
 * another table has a name, `storage`.
 */
export async function importBundle(
  file: string,
  { project, dryRun }: { readonly project: string; readonly dryRun: boolean },
  { progress }: Pick<Terminal, 'progress'>,
): Promise<ImportedBundle> {
  progress.begin('import');
  try {
    const { lines } = await readBundle(file);
    if (dryRun) return { file, state: 'checked', lines, merged: null };
    const release = lockMeasuring(project);
    try {
      const merged = await merge(file, project, progress, lines.point);
      return { file, state: hasChanged(merged) ? 'stored' : 'unchanged', lines, merged };
    } finally {
      release();
    }
  } finally {
    progress.end();
  }
}

async function merge(
  file: string,
  project: string,
  progress: Terminal['progress'],
  points: number,
): Promise<MergeSummary> {
  using merger = RecordMerger.open(project);
  let done = 0;
  await readBundle(file, (record) => {
    merger.add(record);
    if (record.kind === 'point' && ++done % 100 === 0)
      progress.show({ text: `${done} of ${points} points`, share: done / points });
  });
  return merger.commit();
}

const hasChanged = ({ setAside: _, ...kinds }: MergeSummary): boolean =>
  Object.values(kinds).some(({ added, extended }) => added + extended > 0);

/** In words. */
export function describeImported({ file, state, lines, merged }: ImportedBundle): string {
  const head = `${file}: ${describeLines(lines)}, ${state}`;
  return [head, ...(merged === null ? [] : describeMerge(merged)).map((line) => `  ${line}`)].join('\n');
}
