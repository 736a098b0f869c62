import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pageScript } from './script.ts';

const folder = join(import.meta.dirname, 'browser');

/** Only what modules export gets into the script, as its own text. */
test('all that the browser’s code declares is an exported function, of a name of its own', () => {
  const files = readdirSync(folder).filter((name) => !name.endsWith('.test.ts'));
  const declared = files.flatMap((name) =>
    [
      ...readFileSync(join(folder, name), 'utf8').matchAll(
        /^(export )?(?!declare|import|interface|type)(async function|function|const|let|class) (\w+)/gm,
      ),
    ].map(([, exported, kind, what]) => ({ name, exported: exported !== undefined, kind, what: what! })),
  );
  assert.ok(declared.length > 40);
  for (const { name, exported, kind, what } of declared)
    assert.ok(exported && /function$/.test(kind!), `${name}: ${what} would not be there in the browser`);
  const names = declared.map(({ what }) => what);
  assert.equal(new Set(names).size, names.length);
});

test('the script is JavaScript', () => {
  assert.doesNotThrow(() => new Function(pageScript()));
});
