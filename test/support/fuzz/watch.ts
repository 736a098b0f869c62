import { readdirSync, readFileSync } from 'node:fs';

/** Memory that a process holds; 0 where it is gone. */
export function rssBytesOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** File descriptors that a process holds. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Living children of a process. */
export function childrenOf(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

/** Lines of a server's log that tell of an error of its own. */
export function bugsIn(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => /"msg":"bug"|This is a bug|"level":(50|60)|UnhandledPromise|^\s+at /.test(line));
}
