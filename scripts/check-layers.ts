/**
 * Fails when an import points the wrong way between the folders of `src/`, when a pure folder reaches for the
 * outside world, or when a folder of `src/` is missing from the table. The table is that of the README: a folder
 * imports itself and the folders above it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const layers = [
  'errors.ts', 'make-folder.ts', 'stats', 'machine', 'model', 'engine', 'instance', 'dispatch', 'simulate', 'table', 'plan', 'profile',
  'trial', 'study', 'serve', 'load', 'store', 'report', 'cli',
]; // biome-ignore format: a table
const pure = new Set(['errors.ts', 'stats', 'dispatch', 'simulate', 'plan']);

const root = resolve(import.meta.dirname, '..', 'src');
const importPattern =
  /^\s*(?:import|export)\b[^'"]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gms;
const layerOf = (path: string): string => relative(root, path).split('/')[0] ?? '';

function problemsOf(file: string): string[] {
  const from = layerOf(file);
  if (!layers.includes(from)) return [`${relative(root, file)}: src/${from} is not in the table of folders`];
  const problems: string[] = [];
  for (const match of readFileSync(file, 'utf8').matchAll(importPattern)) {
    const target = match[1] ?? match[2] ?? '';
    if (target.startsWith('.')) {
      const to = layerOf(resolve(dirname(file), target));
      if (to === '..' && file.endsWith('.test.ts')) continue;
      if (layers.indexOf(to) > layers.indexOf(from) || !layers.includes(to))
        problems.push(`${relative(root, file)}: src/${from} must not import src/${to} (${target})`);
    } else if (pure.has(from) && !file.endsWith('.test.ts')) {
      problems.push(`${relative(root, file)}: src/${from} is pure and must not import ${target}`);
    }
  }
  return problems;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const problems = files.flatMap((name) => problemsOf(join(root, name)));
for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${problems.length} imports that point the wrong way`);
process.exitCode = problems.length > 0 ? 1 : 0;
