import type { FoundRate } from '../load/index.ts';
import { renderSearch } from '../report/index.ts';
import type { LoadFlags } from './load-flags.ts';
import { factsOf, pageRemedy } from './load-report.ts';
import { describeSteps, searchHeadline, searchNotes } from './load-search-text.ts';
import type { OpenedTarget } from './load-target.ts';
import { repeatCommand } from './repeat-command.ts';
import { version } from './version.ts';
import { writeWhole } from './write-whole.ts';

/** A search with all that its page needs. */
export interface FinishedSearch {
  readonly opened: OpenedTarget;
  readonly flags: LoadFlags;
  readonly found: FoundRate;
  /** What `--json` prints. */
  readonly document: object;
}

/** Writes the page of a search. Throws `storage` where that can't be. */
export async function writeSearchPage(
  file: string,
  { opened, flags, found, document }: FinishedSearch,
): Promise<void> {
  const { model, generatorCpu, settings } = factsOf(flags, opened);
  const steps = describeSteps(flags);
  const page = await renderSearch({
    versions: { thinfer: version(), node: process.versions.node },
    madeAt: new Date().toISOString(),
    command: repeatCommand('load'),
    model,
    headline: searchHeadline(opened, found),
    steps,
    notes: searchNotes(found),
    settings: { ...settings, load: steps },
    generatorCpu,
    found,
    document,
  });
  writeWhole(file, page, pageRemedy);
}
