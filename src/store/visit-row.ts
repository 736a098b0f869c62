import type { SQLOutputValue } from 'node:sqlite';
import type { Visit } from '../profile/index.ts';

/** A visit's own row, without the samples of its replicas. @param parse Reads a column of JSON. */
export function visitOf(
  row: Readonly<Record<string, SQLOutputValue>>,
  parse: (text: SQLOutputValue | undefined) => unknown,
): Omit<Visit, 'replicas'> {
  return {
    startedAt: String(row['started_at']),
    warmups: Number(row['warmups']),
    wallMs: Number(row['wall_ms']),
    disturbances: parse(row['disturbances']) as Visit['disturbances'],
    frequencyMhz: row['frequency_mhz'] === null ? null : Number(row['frequency_mhz']),
    memory: parse(row['memory']) as Visit['memory'],
    readBack: parse(row['read_back']) as Visit['readBack'],
  };
}
