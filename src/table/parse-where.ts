import { ThinferError } from '../errors.ts';
import type { Where } from './select-series.ts';

/**
 * `COLUMN=VALUE,…`, given once or several times. A comma belongs to the value unless another `COLUMN=` follows.
 * Throws `usage` with everything that is wrong.
 */
export function parseWhere(texts: readonly string[]): Where {
  const where = new Map<string, string>();
  const problems: string[] = [];
  for (const part of texts.flatMap((text) => text.split(/,(?=\s*[\w-]+\s*=)/))) {
    const [, column, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (column === undefined || value === undefined)
      problems.push(`--where: ${JSON.stringify(part)} is not COLUMN=VALUE`);
    else if ((where.get(column) ?? value) !== value)
      problems.push(`--where: ${column} can't be both "${where.get(column)}" and ${JSON.stringify(value)}`);
    else where.set(column, value);
  }
  if (problems.length === 0) return Object.fromEntries(where);
  throw new ThinferError('usage', problems.join('\n'), {
    remedy: 'for example --where topology=sequential,ht=false',
  });
}
