import { createHash } from 'node:crypto';
import type { Machine } from './types.ts';

/**
 * A short hash over what decides placement: online CPUs with their cores, sockets, NUMA nodes and kinds. Which of
 * them are allowed now does not count, so points measured in a cpuset stay valid outside it.
 *
 * @returns the first 16 hexadecimal digits of a SHA-256.
 */
export function topologyHash(machine: Pick<Machine, 'cpus'>): string {
  const rows = machine.cpus.map(({ id, core, socket, node, kind }) => [id, core, socket, node, kind]);
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 16);
}
