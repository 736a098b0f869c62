import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import { ThinferError } from '../errors.ts';
import { Tree } from './tree.ts';

/** `linux/prctl.h` */
const setThpDisable = 41;
const getThpDisable = 42;

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
  const { prctl } = calls ?? loadCalls();
  // A process that was started without them stays so.
  if (prctl(getThpDisable, 0, 0, 0, 0) === 1) return spawn();
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

const tunable = 'glibc.malloc.hugetlb';

/** Environment that makes the C library ask for transparent huge pages for what `malloc` hands out (glibc 2.35); other tunables stay. */
export function hugePagesForMalloc({ GLIBC_TUNABLES: own = '' }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = own.split(':').filter((one) => one !== '' && !one.startsWith(`${tunable}=`));
  return { GLIBC_TUNABLES: [...others, `${tunable}=1`].join(':') };
}

/** What the C library of a process was told of huge pages, as it stands in its environment; null: nothing. @param root Folder that stands for `/`. */
export function hugePagesTunable(pid: number, root = '/'): string | null {
  const environment = new Tree(root).text(`/proc/${pid}/environ`) ?? '';
  const tunables = environment.split('\0').find((one) => one.startsWith('GLIBC_TUNABLES='));
  return tunables?.match(/glibc\.malloc\.hugetlb=[12]/)?.[0] ?? null;
}
