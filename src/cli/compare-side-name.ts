import { ThinferError } from '../errors.ts';
import { parseWhere, type Where } from '../table/index.ts';
import { wordedWhere } from './compare-columns.ts';

/** One side of a comparison, as it was named. */
export interface SideName {
  /** As it was written. */
  readonly text: string;
  /** A project folder, a bundle, a CSV file or an imported table. */
  readonly source: string;
  readonly where: Where;
}

/**
 * `SOURCE`, `SOURCE:COLUMN=VALUE,…` or `:COLUMN=VALUE,…`, which is of the project folder. Throws `usage`.
 *
 * @param both What `--where` asks of both sides.
 */
export function parseSide(text: string, project: string, both: Where): SideName {
  const [, source = '', chosen] = /^(.*?)(?::(\s*[\w-]+\s*=.*))?$/s.exec(text) ?? [];
  const own = wordedWhere(parseWhere(chosen === undefined ? [] : [chosen]));
  const clashing = Object.keys(own).filter((column) => (both[column] ?? own[column]) !== own[column]);
  if (clashing.length > 0)
    throw new ThinferError(
      'usage',
      clashing.map((column) => `${text}: --where asks for ${column}=${both[column]}`).join('\n'),
      { remedy: 'ask for it in one of both places' },
    );
  const where = { ...both, ...own };
  if (!/^[0-9a-f]{6,}$/i.test(where['model_hash'] ?? '000000'))
    throw new ThinferError('usage', `${text}: model_hash=${where['model_hash']} is not the begin of a hash`, {
      remedy: 'give at least its first six digits, such as model_hash=28ed12',
    });
  return { text, source: source === '' ? project : source, where };
}
