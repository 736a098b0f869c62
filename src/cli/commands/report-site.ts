import { ThinferError } from '../../errors.ts';
import { formatBytes, formatPlural } from '../../report/format.ts';
import { parseFlags } from '../flags.ts';
import { siteSchema } from '../site-flags.ts';
import { formatTable } from '../table.ts';
import { openTerminal } from '../terminal.ts';
import { writeSite } from '../write-site.ts';

/** `thinfer report --site DIR [NAMES…]`: the static site of what is stored, or of files. */
export async function reportSiteCommand(
  names: readonly string[],
  rawFlags: unknown,
  given: readonly string[],
): Promise<void> {
  const flags = parseFlags(siteSchema, rawFlags);
  refuseOthers(given);
  const terminal = openTerminal(flags);
  const document = await writeSite(names, flags, terminal);
  if (terminal.json) {
    terminal.print(JSON.stringify(document, null, 2));
    return;
  }
  const table = formatTable(
    document.pages,
    [
      { title: 'page', value: ({ title }) => title },
      { title: 'cells', align: 'right', value: ({ cells }) => String(cells) },
      { title: 'charts', align: 'right', value: ({ charts }) => String(charts.length) },
      { title: 'file', value: ({ file }) => file },
    ],
    terminal.width,
  );
  terminal.print(
    `${table}\n\n${formatPlural(document.files, 'file')}, ${formatBytes(document.bytes)}; pages ${formatBytes(document.htmlBytes)}\nsite  ${flags.site}/index.html`,
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
