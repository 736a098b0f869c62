import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ThinferError } from '../errors.ts';
import type { Model } from '../model/index.ts';
import type { ServingData } from '../report/index.ts';
import { type ServingResult, servingSchema } from '../report/serving-result.ts';

/** Such files have some 30 KB. */
const mostBytes = 16 * 1024 * 1024;
/** Further problems are counted. */
const shownProblems = 10;
const remedy = 'give a file that `node bench/serve/torchserve.ts` wrote';

/**
 * What a file of servers compared end to end holds of a model, for its page. Throws `not-found` where there is no such file, or the
 * model at these dimensions is not in it; `store-invalid` where it holds anything else than it should, with all problems.
 */
export function readServing(
  file: string,
  { name, contentHash }: Pick<Model, 'name' | 'contentHash'>,
  dims: Readonly<Record<string, number>>,
): ServingData {
  const { models, ...rest } = parseServing(file, readText(file));
  const named = models.filter((one) => one.name === name);
  if (named.length === 0)
    throw new ThinferError(
      'not-found',
      `${file}: ${name} is not in it; it holds ${models.map((one) => one.name).join(', ')}`,
      { remedy },
    );
  const model = named.find((one) => sameDims(one.dims, dims));
  if (model === undefined)
    throw new ThinferError(
      'not-found',
      `${file}: ${name} was served at ${named.map((one) => dimWords(one.dims)).join('; ')}, not at ${dimWords(dims)}`,
      { remedy: 'give the dimensions that were served as --dim' },
    );
  if (model.contentHash !== contentHash)
    throw new ThinferError(
      'store-invalid',
      `${file}: another file of ${name} was served (SHA-256 ${model.contentHash.slice(0, 12)}…, here ${contentHash.slice(0, 12)}…)`,
      {
        remedy: 'measure it anew: node bench/serve/torchserve.ts',
      },
    );
  return { file: basename(file), ...rest, model };
}

function readText(file: string): string {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw new ThinferError('not-found', `${file} is no regular file`, { remedy });
    if (stat.size > mostBytes)
      throw new ThinferError('store-invalid', `${file} has ${stat.size} bytes, more than ${mostBytes}`, {
        remedy,
      });
    return readFileSync(handle, 'utf8');
  } catch (cause) {
    if (cause instanceof ThinferError) throw cause;
    throw new ThinferError('not-found', `${file} can't be read: ${(cause as Error).message}`, {
      remedy,
      cause,
    });
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function parseServing(file: string, text: string): ServingResult {
  const parsed = servingSchema.safeParse(parseJson(file, text));
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const lines = issues
    .slice(0, shownProblems)
    .map(({ path, message }) => `  ${path.join('.') || 'the document'}: ${message}`);
  const more = issues.length > shownProblems ? [`  and ${issues.length - shownProblems} more`] : [];
  throw new ThinferError(
    'store-invalid',
    [`${file} is no comparison of servers:`, ...lines, ...more].join('\n'),
    { remedy },
  );
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ThinferError('store-invalid', `${file} is not JSON: ${(cause as Error).message}`, {
      remedy,
      cause,
    });
  }
}

function sameDims(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

const dimWords = (dims: Readonly<Record<string, number>>): string =>
  Object.entries(dims)
    .map(([name, size]) => `${name}=${size}`)
    .join(' ') || 'no free dimension';
