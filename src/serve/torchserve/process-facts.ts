import { readFile } from 'node:fs/promises';

/** What the kernel tells of a process. */
export interface ProcessFacts {
  /** Bytes of memory it holds. */
  readonly rssBytes: number;
  /** Moment of its start, ms since the epoch. */
  readonly startMs: number;
}

/** Ticks per second in /proc/PID/stat: 100 on every architecture of Linux that Node runs on (USER_HZ, proc(5)). */
const ticksPerSecond = 100;

/** Reads /proc; null where the process is gone. */
export async function processFacts(pid: number): Promise<ProcessFacts | null> {
  try {
    const [stat, status, system] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile('/proc/stat', 'utf8'),
    ]);
    // The name of the program, in parentheses, may hold anything; field 22 of all is the 20th behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const booted = Number(/^btime (\d+)$/m.exec(system)?.[1] ?? 0);
    const rss = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    return {
      rssBytes: rss * 1024,
      startMs: Math.round((booted + Number(fields[19]) / ticksPerSecond) * 1000),
    };
  } catch {
    return null;
  }
}
