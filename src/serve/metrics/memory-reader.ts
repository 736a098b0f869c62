import { readFile } from 'node:fs/promises';
import type { ProcessMemory } from '../../machine/index.ts';
import { memoryInfoBytes } from '../../machine/memory-info.ts';

/** Reading walks all pages of a process. */
const freshMs = 5000;
/** A process that is new is looked for sooner, but one that is gone not at every call. */
const retryMs = 1000;

/**
 * Memory of processes, read anew at most every few seconds. Unlike `processMemory` it reads beside the event loop: the kernel takes
 * milliseconds for a large model, and requests would wait.
 */
export class MemoryReader {
  private known = new Map<number, ProcessMemory>();
  private readMs = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | null = null;

  /** The last known memory of these processes, and begins to read it anew where it is old. */
  latest(pids: readonly number[]): ReadonlyMap<number, ProcessMemory> {
    void this.fresh(pids);
    return this.known;
  }

  /** The memory of these processes, at most some seconds old; those that are gone are missing. */
  async fresh(pids: readonly number[]): Promise<ReadonlyMap<number, ProcessMemory>> {
    const ageMs = performance.now() - this.readMs;
    if (ageMs > freshMs || (ageMs > retryMs && pids.some((pid) => !this.known.has(pid))))
      this.reading ??= this.read(pids).finally(() => {
        this.reading = null;
      });
    await this.reading;
    return this.known;
  }

  private async read(pids: readonly number[]): Promise<void> {
    const found = await Promise.all(pids.map(async (pid) => [pid, await memoryOf(pid)] as const));
    this.known = new Map(found.flatMap(([pid, memory]) => (memory === null ? [] : [[pid, memory] as const])));
    this.readMs = performance.now();
  }
}

async function memoryOf(pid: number): Promise<ProcessMemory | null> {
  const rollup = await textOf(`/proc/${pid}/smaps_rollup`);
  const rssBytes =
    memoryInfoBytes(rollup, 'Rss') ?? memoryInfoBytes(await textOf(`/proc/${pid}/status`), 'VmRSS');
  if (rssBytes === null) return null;
  return {
    rssBytes,
    pssBytes: memoryInfoBytes(rollup, 'Pss'),
    anonHugeBytes: memoryInfoBytes(rollup, 'AnonHugePages'),
  };
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
