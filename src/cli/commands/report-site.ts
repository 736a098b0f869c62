import { ThinferError } from '../../errors.ts';
import { formatBytes, formatPlural } from '../../report/format.ts';
import { parseFlags } from '../flags.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { siteSchema } from '../site-flags.ts';
import { SiteFolder } from '../site-folder.ts';
import { readSiteSources } from '../site-sources.ts';
import { formatTable } from '../table.ts';
import { openTerminal } from '../terminal.ts';
import { version } from '../version.ts';

/** `thinfer report --site DIR [NAMES…]`: the static site of what is stored, or of files. */
export async function reportSiteCommand(
  names: readonly string[],
  rawFlags: unknown,
  given: readonly string[],
): Promise<void> {
  const flags = parseFlags(siteSchema, rawFlags);
  refuseOthers(given);
  const terminal = openTerminal(flags);
  SiteFolder.check(flags.site);
  const { drawSite, figuresOf, planSite } = await import('../../report/site/index.ts');
  const { notices, ...sources } = readSiteSources(names, flags.project);
  for (const notice of notices) terminal.notice(notice);
  const pages = planSite({
    ...sources,
    price: flags.pricePerHour ?? null,
    only: flags.only ?? null,
  });
  if (pages.length === 0)
    throw new ThinferError(
      'not-found',
      'nothing of this can be drawn: no cell with figures, or none for --only',
      {
        remedy: 'leave --only out, or name other tables and models',
      },
    );
  using folder = SiteFolder.open(flags.site);
  const abort = new AbortController();
  const stopSignals = onInterrupt(() =>
    abort.abort(new ThinferError('interrupted', `${flags.site}: the site is as it was before`)),
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
  const listed = pages.map((page) => ({
    kind: page.kind,
    file: page.path,
    title: page.title,
    measuredOn: page.where,
    found: page.sentence,
    cells: page.cells,
    charts: figuresOf(page.sections).map(({ file }) => file),
  }));
  const document = {
    folder: flags.site,
    index: 'index.html',
    files,
    bytes,
    htmlBytes,
    notices,
    pages: listed,
  };
  if (terminal.json) {
    terminal.print(JSON.stringify(document, null, 2));
    return;
  }
  const table = formatTable(
    listed,
    [
      { title: 'page', value: ({ title }) => title },
      { title: 'cells', align: 'right', value: ({ cells }) => String(cells) },
      { title: 'charts', align: 'right', value: ({ charts }) => String(charts.length) },
      { title: 'file', value: ({ file }) => file },
    ],
    terminal.width,
  );
  terminal.print(
    `${table}\n\n${formatPlural(files, 'file')}, ${formatBytes(bytes)}; pages ${formatBytes(htmlBytes)}\nsite  ${flags.site}/index.html`,
  );
}

const siteFlags = ['--site', '--price-per-hour', '--only', '--project', '--json', '--quiet'];

/** A site shows all settings that were measured: flags that choose some of them belong to a page. */
function refuseOthers(given: readonly string[]): void {
  const others = given.filter((flag) => !siteFlags.includes(flag));
  if (others.length > 0)
    throw new ThinferError('usage', others.map((flag) => `${flag}: does not go with --site`).join('\n'), {
      remedy: `a site is of everything that was measured; its flags are ${siteFlags.slice(0, 3).join(', ')}`,
    });
}
