import { createHash } from 'node:crypto';
import type { PointSettings } from './types.ts';

/** Raised whenever points of the code before and after must not be mixed. */
export const methodNumber = 1;

/** The address of a point: SHA-256 over its settings with their keys sorted, 32 hexadecimal digits of it. */
export function pointHash(settings: PointSettings): string {
  return createHash('sha256').update(canonical(settings)).digest('hex').slice(0, 32);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`;
}
