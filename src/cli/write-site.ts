import { ThinferError } from '../errors.ts';
import { onInterrupt } from './on-interrupt.ts';
import type { SiteFlags } from './site-flags.ts';
import { SiteFolder } from './site-folder.ts';
import { readSiteSources } from './site-sources.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** What a site was drawn of, as `--json` prints it. */
export interface WrittenSite {
  readonly folder: string;
  readonly index: string;
  readonly files: number;
  readonly bytes: number;
  readonly htmlBytes: number;
  /** What could not be drawn, a sentence each. */
  readonly notices: readonly string[];
  readonly pages: readonly {
    readonly kind: string;
    readonly file: string;
    readonly title: string;
    readonly measuredOn: string;
    readonly found: string;
    readonly cells: number;
    readonly charts: readonly string[];
  }[];
}

/** Draws the site of tables and models, all that is stored where none is named, with progress on the terminal. */
export async function writeSite(
  names: readonly string[],
  {
    site,
    project,
    pricePerHour,
    only,
    areModels = false,
  }: Pick<SiteFlags, 'site' | 'project' | 'pricePerHour' | 'only'> & { readonly areModels?: boolean },
  terminal: Terminal,
): Promise<WrittenSite> {
  SiteFolder.check(site);
  const { drawSite, figuresOf, planSite } = await import('../report/site/index.ts');
  const { notices, ...sources } = readSiteSources(names, project, { areModels });
  for (const notice of notices) terminal.notice(notice);
  const pages = planSite({ ...sources, price: pricePerHour ?? null, only: only ?? null });
  if (pages.length === 0)
    throw new ThinferError(
      'not-found',
      'nothing of this can be drawn: no cell with figures, or none for --only',
      { remedy: 'leave --only out, or name other tables and models' },
    );
  using folder = SiteFolder.open(site);
  const abort = new AbortController();
  const stopSignals = onInterrupt(() =>
    abort.abort(new ThinferError('interrupted', `${site}: the site is as it was before`)),
  );
  let files = 0;
  let htmlBytes = 0;
  let bytes = 0;
  terminal.progress.begin('site');
  try {
    await drawSite(
      pages,
      { versions: { thinfer: version() }, madeAt: new Date().toISOString() },
      {
        signal: abort.signal,
        write: ({ name, content }) => {
          const size = Buffer.byteLength(content);
          files += 1;
          bytes += size;
          if (name.endsWith('.html')) htmlBytes += size;
          folder.write(name, content);
        },
        onProgress: ({ page, done, total }) =>
          terminal.progress.show({ text: `${page}, chart ${done} of ${total}`, share: done / total }),
      },
    );
    folder.finish();
  } finally {
    terminal.progress.end();
    stopSignals();
  }
  return {
    folder: site,
    index: 'index.html',
    files,
    bytes,
    htmlBytes,
    notices,
    pages: pages.map((page) => ({
      kind: page.kind,
      file: page.path,
      title: page.title,
      measuredOn: page.where,
      found: page.sentence,
      cells: page.cells,
      charts: figuresOf(page.sections).map(({ file }) => file),
    })),
  };
}
