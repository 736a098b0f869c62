import { readFileSync } from 'node:fs';

/** Processes the kernel killed for want of memory since it started; 0 where it does not tell. */
export function kernelOomKills(): number {
  try {
    return Number(/^oom_kill (\d+)/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
