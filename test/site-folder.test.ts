/** A site's folder: what takes its place in it, and what an error leaves there. */
import assert from 'node:assert/strict';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SiteFolder } from '../src/cli/site-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thinfer-site-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

function writeSite(files: Files): void {
  using site = SiteFolder.open(folder);
  for (const [name, content] of Object.entries(files)) site.write(name, content);
  site.finish();
}

/** All files of the folder with what is in them, but for the list of those that are thinfer's. */
const filesIn = (): Files =>
  Object.fromEntries(
    globSync('**/*', { cwd: folder })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

const ours = (): string[] =>
  (JSON.parse(readFileSync(join(folder, '.thinfer-site.json'), 'utf8')) as { files: string[] }).files;

const before = { 'a.html': 'old', 'gone/index.html': 'old', 'index.html': 'old' };

describe('the folder of a site', () => {
  it('has the new files, not those that the new site lacks, and those of others', () => {
    writeSite(before);
    writeFileSync(join(folder, 'CNAME'), 'example.org');
    writeSite({ 'a.html': 'new', 'b/index.html': 'new', 'index.html': 'new' });
    assert.deepEqual(filesIn(), {
      CNAME: 'example.org',
      'a.html': 'new',
      'b/index.html': 'new',
      'index.html': 'new',
    });
    assert.deepEqual(ours(), ['a.html', 'b/index.html', 'index.html']);
    assert.ok(!existsSync(join(folder, 'gone')));
    assert.deepEqual(globSync('.thinfer-site-*', { cwd: folder }), []);
  });

  it('refuses two files of one name as a bug, before anything is moved', () => {
    writeSite(before);
    assert.throws(() => {
      using site = SiteFolder.open(folder);
      site.write('a.html', 'new');
      site.write('a.html', 'other');
    }, /a\.html: the site has two files of this name\. This is a bug\./);
    assert.deepEqual(filesIn(), before);
  });

  it('is as it was where a file can’t be put in its place', () => {
    writeSite(before);
    // A file of somebody else's where the new site has a folder.
    writeFileSync(join(folder, 'b'), 'mine');
    const after = { 'a.html': 'new', 'c/index.html': 'new', 'b/index.html': 'new', 'index.html': 'new' };
    assert.throws(() => writeSite(after), /the site can't be written/);
    assert.deepEqual(filesIn(), { ...before, b: 'mine' });
    assert.deepEqual(ours(), Object.keys(before));
    assert.ok(!existsSync(join(folder, 'c')));
    assert.deepEqual(globSync('.thinfer-site-*', { cwd: folder }), []);
  });

  it('leaves nothing of a first site that can’t be put in place', () => {
    rmSync(folder, { recursive: true });
    assert.throws(() => {
      using site = SiteFolder.open(folder);
      site.write('a.html', 'new');
      site.write('b/index.html', 'new');
      writeFileSync(join(folder, 'b'), 'mine');
      site.finish();
    }, /the site can't be written/);
    assert.deepEqual(filesIn(), { b: 'mine' });
    assert.ok(!existsSync(join(folder, '.thinfer-site.json')));
  });

  it('takes no folder of others for a file of its own', () => {
    writeSite(before);
    for (const name of ['a.html', 'gone/index.html']) {
      rmSync(join(folder, name));
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'mine'), 'mine');
    }
    assert.throws(() => writeSite(before), /a\.html: is there, and thinfer did not write it/);
    writeSite({ 'index.html': 'new' });
    assert.deepEqual(filesIn(), {
      'a.html/mine': 'mine',
      'gone/index.html/mine': 'mine',
      'index.html': 'new',
    });
  });
});
