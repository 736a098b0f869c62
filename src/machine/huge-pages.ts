import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import { ThinferError } from '../errors.ts';
import { Tree } from './tree.ts';

/** `linux/prctl.h` */
const setThpDisable = 41;

type Prctl = (option: number, first: number, second: number, third: number, fourth: number) => number;
let calls: { readonly prctl: Prctl; readonly errno: () => number } | undefined;

function loadCalls(): NonNullable<typeof calls> {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const prctl = koffi
    .load(null)
    .func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)') as Prctl;
  calls = { prctl, errno: () => koffi.errno() };
  return calls;
}

/**
 * Runs `spawn` while this process may have no new transparent huge pages, so that the process it starts has none from birth, through
 * every `exec`: a process can't be told later without keeping those it has.
 *
 * @throws ThinferError `machine` where the kernel refuses.
 * @see https://man7.org/linux/man-pages/man2/PR_SET_THP_DISABLE.2const.html
 */
export function withoutHugePages<T>(spawn: () => T): T {
  setDisabled(1);
  try {
    return spawn();
  } finally {
    setDisabled(0);
  }
}

function setDisabled(value: 0 | 1): void {
  const { prctl, errno } = calls ?? loadCalls();
  if (prctl(setThpDisable, value, 0, 0, 0) === 0) return;
  throw new ThinferError(
    'machine',
    `Transparent huge pages could not be switched off (${getSystemErrorName(-errno())}).`,
    { remedy: 'Leave huge pages as the system has them.' },
  );
}

/**
 * Whether a process may have transparent huge pages; null where the kernel does not tell (before 5.0), or it is gone.
 *
 * @param root Folder that stands for `/`.
 */
export function mayHaveHugePages(pid: number | 'self', root = '/'): boolean | null {
  const match = /^THP_enabled:\s*([01])/m.exec(new Tree(root).text(`/proc/${pid}/status`) ?? '');
  return match === null ? null : match[1] === '1';
}

/** Environment that makes the C library ask for transparent huge pages for what `malloc` hands out (glibc 2.35). */
export const hugePagesForMalloc = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' } as const;

/** Since which version of glibc it does. */
export const hugePagesSinceGlibc = '2.35';
