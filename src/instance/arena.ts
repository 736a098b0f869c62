import { closeSync, ftruncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { ThinferError } from '../errors.ts';

type Koffi = typeof import('koffi').default;

interface LibC {
  memfd(name: string, flags: number): number;
  map(address: null, length: number, protection: number, flags: number, fd: number, offset: number): bigint;
  unmap(address: bigint, length: number): number;
}

const readWrite = 3;
const sharedNoReserve = 0x1 | 0x4000;
const mapFailed = 2n ** 64n - 1n;

/** koffi and libc are loaded on first use, so that commands without instances do not pay for them. */
let loaded: { koffi: Koffi; libc: LibC } | undefined;
function native(): { koffi: Koffi; libc: LibC } {
  if (loaded === undefined) {
    const koffi: Koffi = createRequire(import.meta.url)('koffi');
    const library = koffi.load('libc.so.6');
    const libc = {
      memfd: library.func('int memfd_create(const char* name, unsigned int flags)'),
      map: library.func(
        'void* mmap(void* address, size_t length, int protection, int flags, int fd, int64 offset)',
      ),
      unmap: library.func('int munmap(void* address, size_t length)'),
    };
    loaded = { koffi, libc };
  }
  return loaded;
}

/** A process maps a window for each instance, and 128 TiB of addresses have to do for hundreds of them. */
const largestWindowBytes = 64 * 2 ** 30;

/** How far an arena can grow, in bytes. Where nothing is touched, nothing is taken. */
export const windowBytes = (): number => Math.min(totalmem(), largestWindowBytes);

/** Tensors begin on cache lines. */
const alignment = 64;

/** A multiple of the alignment at or above `bytes`. */
export function alignUp(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/**
 * Memory that two processes share through a descriptor of `memfd_create`: no name, no file system, gone with the last
 * process that maps it. Each process maps one large window once; growing the file makes more of the window usable,
 * so views stay valid.
 */
export class Arena {
  readonly fd: number;
  private readonly address: bigint;
  private readonly windowBytes: number;
  private size: number;

  private constructor(fd: number, size: number) {
    this.fd = fd;
    this.size = size;
    this.windowBytes = windowBytes();
    this.address = native().libc.map(null, this.windowBytes, readWrite, sharedNoReserve, fd, 0);
    if (this.address === mapFailed)
      throw new ThinferError('out-of-memory', `can't map the shared arena: errno ${native().koffi.errno()}`, {
        remedy: 'lift the limit on address space (`ulimit -v unlimited`)',
      });
  }

  /** A new, empty arena. */
  static create(): Arena {
    const fd = native().libc.memfd('thinfer-arena', 0);
    if (fd < 0)
      throw new ThinferError('machine', `memfd_create failed: errno ${native().koffi.errno()}`, {
        remedy: 'thinfer needs Linux 3.17 or newer',
      });
    return new Arena(fd, 0);
  }

  /** The arena behind an inherited descriptor. */
  static open(fd: number): Arena {
    return new Arena(fd, Number.POSITIVE_INFINITY);
  }

  /** Makes at least `bytes` usable. Throws `out-of-memory` beyond the machine's memory. */
  grow(bytes: number): void {
    // The descriptor's number may be another file's by now.
    if (this.size < 0) throw new ThinferError('bug', 'The arena is closed. This is a bug.');
    if (bytes <= this.size) return;
    if (bytes > this.windowBytes)
      throw new ThinferError(
        'out-of-memory',
        `an arena of ${bytes} bytes is larger than can be mapped (${this.windowBytes})`,
        {
          remedy: 'take smaller batches',
        },
      );
    ftruncateSync(this.fd, bytes);
    this.size = bytes;
  }

  /** `length` bytes from `offset`; valid until `close`. */
  view(offset: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    if (offset < 0 || offset + length > Math.min(this.size, this.windowBytes))
      throw new ThinferError('bug', `arena view ${offset}+${length} lies outside. This is a bug.`);
    return new Uint8Array(native().koffi.view(this.address + BigInt(offset), length));
  }

  /** Unmaps and closes, once. No view may be touched afterwards. */
  close(): void {
    if (this.size < 0) return;
    this.size = -1;
    native().libc.unmap(this.address, this.windowBytes);
    closeSync(this.fd);
  }
}
