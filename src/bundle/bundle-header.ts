import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import { recordKinds, type StoredRecord } from '../store/index.ts';

/** Raised when a reader of before can't read what is written now. */
export const bundleVersion = 1;

/** What the first line of every bundle says it is. */
export const bundleFormat = 'thinfer bundle';

/** For whoever opens it without thinfer. */
const about =
  'Measurements of thinfer, one JSON document a line, times in nanoseconds. Behind this line: each machine; each point (a cell with all its settings), followed by its visits with the raw runs of every replica; results as they were printed; plans in force; contention; imported tables. Lines refer to lines before them only.';

/** The first line of a bundle. */
export interface BundleHeader {
  readonly format: typeof bundleFormat;
  readonly version: number;
  readonly about: string;
  /** Lines of each kind behind this one. */
  readonly lines: Readonly<Record<StoredRecord['kind'], number>>;
  /** Bytes and SHA-256 of all lines behind this one, uncompressed, each with its line end. */
  readonly bytes: number;
  readonly sha256: string;
}

const count = z.int().min(0);

const headerSchema = z.looseObject({
  format: z.literal(bundleFormat),
  version: z.literal(bundleVersion),
  about: z.string(),
  lines: z.strictObject(
    Object.fromEntries(recordKinds.map((kind) => [kind, count])) as Record<
      StoredRecord['kind'],
      typeof count
    >,
  ),
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256'),
});

/** The first line of a bundle with these contents. */
export function makeHeader({
  lines,
  bytes,
  sha256,
}: Pick<BundleHeader, 'lines' | 'bytes' | 'sha256'>): BundleHeader {
  return { format: bundleFormat, version: bundleVersion, about, lines, bytes, sha256 };
}

/** Reads a first line. Throws `store-invalid` where it is that of no bundle, or of one from a newer thinfer. */
export function parseHeader(line: string, file: string): BundleHeader {
  const value = tryParse(line);
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== bundleFormat)
    throw new ThinferError(
      'store-invalid',
      `${file}: is no bundle: its first line does not say that it is one`,
      {
        remedy: 'name a file that thinfer export wrote',
      },
    );
  const version = 'version' in value ? value.version : undefined;
  if (typeof version === 'number' && version > bundleVersion)
    throw new ThinferError(
      'store-invalid',
      `${file}: written by a newer thinfer (bundle version ${version}, this one knows ${bundleVersion})`,
      { remedy: 'update thinfer' },
    );
  const parsed = headerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${file}: line 1: ${path.join('.')}: ${message}`,
  );
  throw new ThinferError('store-invalid', problems.join('\n'), { remedy: 'export it anew' });
}

function tryParse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
