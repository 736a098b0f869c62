import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ThinferError } from '../../errors.ts';

/** A region as the status of system shared memory lists it. */
export interface RegionStatus {
  readonly name: string;
  readonly key: string;
  readonly offset: number;
  readonly byte_size: number;
}

interface Region extends RegionStatus {
  readonly fd: number;
}

/** A process has few descriptors, and each region holds one. */
const mostRegions = 256;
/** More than any request may be. */
const mostBytes = 2 ** 31 - 1;

/**
 * Regions of POSIX shared memory that clients registered. They are read and written through their descriptor, not mapped: a
 * client that makes its file shorter would kill a process that has mapped it. Only plain names below `/dev/shm` are opened, and
 * no links. Nothing here waits: it is memory.
 */
export class SharedMemory {
  private readonly regions = new Map<string, Region>();
  private readonly folder: string;

  /** `folder`: default `/dev/shm`. */
  constructor(folder = '/dev/shm') {
    this.folder = folder;
  }

  /** Throws `request-invalid` for a name that is registered, a key that is no plain name, and bounds outside of the memory. */
  register(name: string, key: string, offset: number, bytes: number): void {
    if (this.regions.has(name)) throw invalid(`shared memory region '${name}' already in manager`);
    if (this.regions.size >= mostRegions)
      throw new ThinferError('overloaded', `at most ${mostRegions} shared memory regions can be registered`);
    if (!isExtent(offset, bytes))
      throw invalid(
        `failed to register shared memory region '${name}': invalid args, offset and byte_size must be unsigned integers`,
      );
    const fd = this.open(key);
    try {
      const file = fstatSync(fd);
      if (!file.isFile() || offset + bytes > file.size)
        throw invalid(
          `failed to register shared memory region '${name}': it ends at ${offset + bytes}, beyond the memory's ${file.size} bytes`,
        );
      this.regions.set(name, { name, key, offset, byte_size: bytes, fd });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Does nothing where there is none of that name, as Triton. */
  unregister(name: string): void {
    const region = this.regions.get(name);
    if (region === undefined) return;
    this.regions.delete(name);
    closeSync(region.fd);
  }

  /** Unregisters all; also before the server ends. */
  unregisterAll(): void {
    for (const name of [...this.regions.keys()]) this.unregister(name);
  }

  /** All regions, or the one of a name. Throws `not-found`. */
  status(name?: string): readonly RegionStatus[] {
    const regions = name === undefined ? [...this.regions.values()] : [this.find(name, 'system ')];
    return regions.map(({ name, key, offset, byte_size }) => ({ name, key, offset, byte_size }));
  }

  /** A copy of a part of a region. Throws `not-found`, or `request-invalid` outside of it. */
  read(name: string, offset: number, bytes: number): Uint8Array {
    const { fd, offset: start } = this.within(name, offset, bytes);
    const target = Buffer.allocUnsafe(bytes);
    let done = 0;
    while (done < bytes) {
      const count = readSync(fd, target, done, bytes - done, start + offset + done);
      if (count === 0) throw invalid(`shared memory region '${name}' is shorter than it was registered`);
      done += count;
    }
    return target;
  }

  /** Throws unless `bytes` at `offset` lie within a region: before a request is run whose answer would not fit. */
  check(name: string, offset: number, bytes: number): void {
    this.within(name, offset, bytes);
  }

  /** Writes pieces one after the other from `offset`. */
  write(name: string, offset: number, pieces: readonly Uint8Array[]): void {
    let bytes = 0;
    for (const piece of pieces) bytes += piece.length;
    const { fd, offset: start } = this.within(name, offset, bytes);
    // Written beyond its end, the file would grow.
    if (fstatSync(fd).size < start + offset + bytes)
      throw invalid(`shared memory region '${name}' is shorter than it was registered`);
    let at = start + offset;
    for (const piece of pieces) {
      let done = 0;
      while (done < piece.length) done += writeSync(fd, piece, done, piece.length - done, at + done);
      at += piece.length;
    }
  }

  private within(name: string, offset: number, bytes: number): Region {
    const region = this.find(name, '');
    if (!isExtent(offset, bytes) || offset + bytes > region.byte_size)
      throw invalid(
        `Invalid offset ${offset} and byte size ${bytes} for shared memory region '${name}' of ${region.byte_size} bytes`,
      );
    return region;
  }

  private find(name: string, kind: string): Region {
    const region = this.regions.get(name);
    if (region === undefined)
      throw new ThinferError('not-found', `Unable to find ${kind}shared memory region: '${name}'`);
    return region;
  }

  private open(key: string): number {
    const plain = key.startsWith('/') ? key.slice(1) : key;
    const forbidden = plain === '' || plain === '.' || plain === '..' || /[/\0]/.test(plain);
    if (forbidden || plain.length > 255) throw invalid(`Invalid shared memory key: '${key.slice(0, 300)}'`);
    try {
      // Not blocking: a pipe would wait for its other end.
      const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      return openSync(join(this.folder, plain), flags);
    } catch {
      throw invalid(`Unable to open shared memory region: '${key}'`);
    }
  }
}

function isExtent(offset: number, bytes: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    offset >= 0 &&
    Number.isSafeInteger(bytes) &&
    bytes >= 0 &&
    bytes <= mostBytes
  );
}

function invalid(message: string): ThinferError {
  return new ThinferError('request-invalid', message);
}
