import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ThinferError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { makingFolderName, removeLeftovers } from '../model/zoo/making-folder.ts';

/**
 * Makes a folder whole or not at all: `fill` writes to a temporary one beside it, which is renamed when it is done. What lies there
 * already is replaced, unless another process put its own there meanwhile. Folders that were left half-made are removed first.
 * Throws what `fill` throws, and `storage` where nothing can be written.
 */
export async function makeWholeFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(folder);
  const temporary = await writing(parent, async () => {
    makeFolder(parent);
    await removeLeftovers(parent);
    const path = join(parent, await makingFolderName());
    await mkdir(path);
    return path;
  });
  try {
    await rm(folder, { recursive: true, force: true });
    await fill(temporary);
    await rename(temporary, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw asStorage(parent, error);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function writing<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw asStorage(folder, error);
  }
}

/** A folder that can't be made or written is the user's to choose. */
function asStorage(folder: string, thrown: unknown): ThinferError {
  if (thrown instanceof ThinferError) return thrown;
  const known = ThinferError.from(thrown);
  if (known.code !== 'storage' && known.code !== 'not-found') return known;
  return new ThinferError('storage', `${folder} can't be written: ${known.message}`, {
    remedy: 'Make room there, or name another cache folder: --cache DIR.',
    cause: thrown,
  });
}
