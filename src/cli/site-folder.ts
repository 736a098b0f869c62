import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';

/** Says which files of a folder are ours. */
const manifestName = '.thinfer-site.json';

const manifestSchema = z.object({ format: z.literal(1), files: z.array(z.string()) });

const unfinishedPattern = /^\.thinfer-site-(\d+)\.tmp$/;

/**
 * A folder that a site is written to. Everything is written to a folder of its own within it first; `finish` puts it in place file by file,
 * the index last, and removes what an earlier site had and this one has not. Files that thinfer did not write are never touched.
 */
export class SiteFolder implements Disposable {
  private readonly folder: string;
  private readonly unfinished: string;
  private readonly before: ReadonlySet<string>;
  private readonly written: string[] = [];

  private readonly wasThere: boolean;

  private constructor(folder: string, before: ReadonlySet<string>) {
    this.folder = folder;
    this.wasThere = existsSync(folder);
    this.before = before;
    this.unfinished = join(folder, `.thinfer-site-${process.pid}.tmp`);
  }

  /** Throws `usage` where the folder holds something that is not a site of ours; makes nothing. */
  static check(folder: string): void {
    filesOfSite(folder);
  }

  /** The same, and `storage` where it can't be written. */
  static open(folder: string): SiteFolder {
    const before = filesOfSite(folder);
    return withFolderErrors(folder, () => {
      const site = new SiteFolder(folder, before);
      makeFolder(folder);
      removeLeftovers(folder);
      mkdirSync(site.unfinished);
      return site;
    });
  }

  write(name: string, content: string | Uint8Array): void {
    withFolderErrors(this.folder, () => {
      const file = join(this.unfinished, name);
      makeFolder(dirname(file));
      writeFileSync(file, content);
    });
    this.written.push(name);
  }

  /** Throws `usage` where a file of the site would take the place of one that thinfer did not write. */
  finish(): void {
    const foreign = this.written.filter(
      (name) => !this.before.has(name) && existsSync(join(this.folder, name)),
    );
    if (foreign.length > 0)
      throw new ThinferError(
        'usage',
        foreign
          .slice(0, 10)
          .map((name) => `${join(this.folder, name)}: is there, and thinfer did not write it`)
          .join('\n'),
        { remedy: 'move it away, or name another folder: --site DIR' },
      );
    withFolderErrors(this.folder, () => {
      const all = new Set([...this.before, ...this.written]);
      // Both sites' files are ours until the last one is in place: an interruption leaves nothing that nobody knows of.
      this.putManifest([...all]);
      for (const name of this.written) {
        makeFolder(dirname(join(this.folder, name)));
        renameSync(join(this.unfinished, name), join(this.folder, name));
      }
      const now = new Set(this.written);
      for (const name of this.before) if (!now.has(name)) this.remove(name);
      this.putManifest(this.written);
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.unfinished, { recursive: true, force: true });
    if (!this.wasThere) removeEmpty(this.folder);
  }

  private putManifest(files: readonly string[]): void {
    const text = `${JSON.stringify({ format: 1, files: files.toSorted() }, null, 1)}\n`;
    writeFileSync(join(this.unfinished, manifestName), text);
    renameSync(join(this.unfinished, manifestName), join(this.folder, manifestName));
  }

  /** With the folder it stood in, where nothing else is in there. */
  private remove(name: string): void {
    rmSync(join(this.folder, name), { force: true });
    const parent = dirname(name);
    if (parent !== '.') removeEmpty(join(this.folder, parent));
  }
}

/** Removes a folder that holds nothing. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {}
}

/** The files of an earlier site; none where the folder is missing or empty. */
function filesOfSite(folder: string): ReadonlySet<string> {
  const status = statSync(folder, { throwIfNoEntry: false });
  if (status === undefined) return new Set();
  const remedy = 'name a new or empty folder: --site DIR';
  if (!status.isDirectory())
    throw new ThinferError('usage', `${folder}: is a file, not a folder`, { remedy });
  return withFolderErrors(folder, () => {
    const names = readdirSync(folder).filter((name) => !unfinishedPattern.test(name));
    if (names.length === 0) return new Set<string>();
    const manifest = join(folder, manifestName);
    if (!existsSync(manifest))
      throw new ThinferError(
        'usage',
        `${folder}: holds files that are no site of thinfer, such as ${names.slice(0, 3).join(', ')}`,
        { remedy },
      );
    return new Set(readManifest(manifest));
  });
}

/** A name that leads out of the folder is nobody's that thinfer wrote. */
function readManifest(file: string): string[] {
  try {
    const { files } = manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return files.filter((name) => !name.startsWith('/') && !name.split('/').includes('..'));
  } catch (cause) {
    throw new ThinferError('store-invalid', `${file}: is damaged, or of a newer version of thinfer`, {
      remedy: 'remove the folder if nothing of your own is in it, or name another one: --site DIR',
      cause,
    });
  }
}

/** What processes that are gone have left. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = unfinishedPattern.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function withFolderErrors<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof ThinferError) throw cause;
    const { message } = ThinferError.from(cause);
    throw new ThinferError('storage', `${folder}: the site can't be written: ${message}`, {
      remedy: 'name another folder: --site DIR',
      cause,
    });
  }
}
