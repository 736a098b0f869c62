/** The temporary folders that zoo models are written to; each is named after the process that makes it. */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const pattern = /^\.making-(?:(\d+)-(\d+)-([0-9a-f]{16})-)?/;

/** A name for a new temporary folder: `.making-PID-START-SPACE-UUID`; see `Maker`. */
export async function makingFolderName(): Promise<string> {
  const start = (await startOf(process.pid)) ?? 0;
  return `.making-${process.pid}-${start}-${await processSpace()}-${randomUUID()}`;
}

/**
 * Removes the temporary folders of makers that are dead, and leaves those of living ones alone. A maker of which
 * nothing can be known (another machine or container with the same cache) counts as dead when it has written nothing
 * for an hour. What can't be removed stays.
 */
export async function removeLeftovers(zooDir: string): Promise<void> {
  for (const name of await readdir(zooDir)) {
    if (!pattern.test(name) || (await isAtWork(zooDir, name))) continue;
    await rm(join(zooDir, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** Who makes a model. */
interface Maker {
  readonly pid: number;
  /** When it started, in clock ticks since the machine did: process ids are used again. */
  readonly start: number;
  /** Within which process ids mean the same; see `processSpace`. */
  readonly space: string;
}

async function isAtWork(zooDir: string, name: string): Promise<boolean> {
  const maker = makerOf(name);
  if (maker === null || maker.space !== (await processSpace())) return wroteLately(join(zooDir, name));
  return lives(maker);
}

function makerOf(name: string): Maker | null {
  const [, pid, start, space] = pattern.exec(name) ?? [];
  return space === undefined ? null : { pid: Number(pid), start: Number(start), space };
}

/** Boot and process namespace, as 16 hexadecimal digits. */
async function processSpace(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return createHash('sha256').update(`${boot}${namespace}`).digest('hex').slice(0, 16);
}

async function lives({ pid, start }: Maker): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = await startOf(pid);
  // Other users' processes may be hidden.
  return now === null || now === start;
}

/** Field 22 of `/proc/PID/stat` (proc(5)); -1 for a process that only waits to be reaped, null where it can't be read. */
async function startOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name, in parentheses, may hold spaces; the state is field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? -1 : Number(fields[22 - 3]);
}

async function wroteLately(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const paths = [folder, ...names.map((name) => join(folder, name))];
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Date.now() - Math.max(...times) < 3_600_000;
}
