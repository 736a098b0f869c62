import { ThinferError } from '../../errors.ts';
import type { Model } from '../../model/index.ts';

const usual = 'sequence';

/**
 * The free dimension that a trace's lengths are the size of: the named one, else `sequence`, else the only one beside the batch that has no size
 * yet. A server's metadata do not name dimensions; there the same position of every input counts as one, `dim1`. Throws `usage` where it
 * can't be told.
 *
 * @param named What `--length-dim` says.
 * @param given Names that have a size.
 */
export function lengthDimOf(model: Model, named: string | undefined, given: readonly string[]): string {
  const free = model.freeDims.filter((name) => !given.includes(name) && !given.includes(positionOf(name)));
  const names = [...new Set([...free, ...free.map(positionOf)])];
  if (named !== undefined) {
    if (names.includes(named)) return named;
    throw new ThinferError('usage', `--length-dim: ${model.name} has no free dimension "${named}"`, {
      remedy: names.length === 0 ? 'it has none without a size' : `it has ${names.join(', ')}`,
    });
  }
  if (free.includes(usual)) return usual;
  const [only, ...others] = new Set(free.length === 1 ? free : free.map(positionOf));
  if (only !== undefined && others.length === 0) return only;
  throw new ThinferError(
    'usage',
    only === undefined
      ? `--trace: it has lengths, and ${model.name} has no free dimension beside the batch`
      : `--trace: it has lengths, and ${model.name} has several free dimensions: ${[only, ...others].join(', ')}`,
    {
      remedy:
        only === undefined
          ? 'remove the column "length"'
          : `say which it is: --length-dim ${only}, and give the others a size: --dim ${others[0]}=SIZE`,
    },
  );
}

/** `input_ids_dim1` is `dim1` for all inputs; any other name is itself. */
const positionOf = (name: string): string => /_(dim\d+)$/.exec(name)?.[1] ?? name;
