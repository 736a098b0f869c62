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
import { invariant, ThinferError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { isFile, moveFiles } from './move-files.ts';

/** Says which files of a folder are ours. */
const manifestName = '.thinfer-site.json';

const manifestSchema = z.object({ format: z.literal(1), files: z.array(z.string()) });

const unfinishedPattern = /^\.thinfer-site-(\d+)\.tmp$/;

/**
 * A folder that a site is written to. Everything is written to a folder of its own within it first; `finish` puts it in place file by file,
 * the index last, and removes what an earlier site had and this one has not; where it can't, the earlier site is as it was. Files that
 * thinfer did not write are never touched.
 */
export class SiteFolder implements Disposable {
  private readonly folder: string;
  private readonly unfinished: string;
  private readonly before: ReadonlySet<string>;
  private readonly written = new Set<string>();
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

  /** Each name once. */
  write(name: string, content: string | Uint8Array): void {
    invariant(!this.written.has(name), `${name}: the site has two files of this name.`);
    withFolderErrors(this.folder, () => {
      const file = join(this.unfinished, name);
      makeFolder(dirname(file));
      writeFileSync(file, content);
    });
    this.written.add(name);
  }

  /** Throws `usage` where a file of the site would take the place of one that thinfer did not write. */
  finish(): void {
    const isOurs = (name: string): boolean => this.before.has(name) && isFile(join(this.folder, name));
    const foreign = [...this.written].filter((name) => existsSync(join(this.folder, name)) && !isOurs(name));
    if (foreign.length > 0)
      throw new ThinferError(
        'usage',
        foreign
          .slice(0, 10)
          .map((name) => `${join(this.folder, name)}: is there, and thinfer did not write it`)
          .join('\n'),
        { remedy: 'move it away, or name another folder: --site DIR' },
      );
    withFolderErrors(this.folder, () => this.putInPlace());
  }

  [Symbol.dispose](): void {
    rmSync(this.unfinished, { recursive: true, force: true });
    if (!this.wasThere) removeEmpty(this.folder);
  }

  private putInPlace(): void {
    const gone = [...this.before].filter((name) => !this.written.has(name));
    const manifest = this.writeManifest('to-come', this.written);
    // Both sites' files are ours until the last one is in place: an interruption leaves nothing that nobody knows of.
    this.putManifest(this.writeManifest('meanwhile', [...this.before, ...this.written]));
    try {
      moveFiles({
        folder: this.folder,
        from: this.unfinished,
        kept: join(this.unfinished, '.kept'),
        come: [...this.written],
        go: gone,
      });
      this.removeEmptyFolders(gone);
      this.putManifest(manifest);
    } catch (cause) {
      this.putBackManifest();
      throw cause;
    }
  }

  private putBackManifest(): void {
    this.removeEmptyFolders(this.written);
    const there = [...this.before, ...this.written].filter((name) => isFile(join(this.folder, name)));
    if (there.length > 0) this.putManifest(this.writeManifest('back', there));
    else rmSync(join(this.folder, manifestName), { force: true });
  }

  /** Gives the file it lies in until it is put in place. */
  private writeManifest(name: string, files: Iterable<string>): string {
    const file = join(this.unfinished, `.manifest-${name}`);
    const text = `${JSON.stringify({ format: 1, files: [...new Set(files)].sort() }, null, 1)}\n`;
    writeFileSync(file, text);
    return file;
  }

  private putManifest(file: string): void {
    renameSync(file, join(this.folder, manifestName));
  }

  /** Folders that files stood in, where nothing else is in there. */
  private removeEmptyFolders(files: Iterable<string>): void {
    for (const parent of new Set([...files].map(dirname)))
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
