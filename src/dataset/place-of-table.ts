import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path/posix';

/** What the name of a table and of its file tell. */
export interface TablePlace {
  /** Empty: not told. */
  readonly machine: string;
  readonly experiment: string;
}

/**
 * Machine and experiment of a table of a model. Packrat's files lie in `MODEL/MACHINE/EXPERIMENT/MODEL_latency.csv`; where a path is
 * not of that form the machine is not told, and the table's name stands for the experiment.
 */
export function placeOfTable(file: string, name: string, model: string): TablePlace {
  const folders = dirname(file).split('/');
  const [top, machine, experiment] = folders.slice(-3);
  const isOfModel = top !== undefined && top !== '' && top.toLowerCase() === model.toLowerCase();
  if (isOfModel && machine && experiment) return { machine, experiment };
  return { machine: '', experiment: basename(name).replace(/\.csv$/i, '') };
}

/** File systems take names of 255 bytes; what stands behind a key needs some of them. */
const longestKey = 120;

/** A name as part of a file name: small letters, digits, dots and dashes; a long one is cut, and ends with a hash of the whole. */
export function keyOf(...parts: readonly string[]): string {
  const words = parts.filter((part) => part !== '').join('-');
  const plain = words
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  if (plain.length <= longestKey) return plain || 'page';
  const hash = createHash('sha256').update(words).digest('hex').slice(0, 8);
  return `${plain.slice(0, longestKey - 9)}-${hash}`;
}
