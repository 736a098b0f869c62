/**
 * Fails when an import points the wrong way between the folders of `src/`, when a pure folder reaches for the
 * outside world, or when a folder of `src/` is missing from the table. The table is that of the README: a folder
 * imports itself and the folders above it. Fails, too, where the server and the simulation would not run the same dispatcher and the
 * same strategies: there is one place for each.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const layers = [
  'errors.ts', 'make-folder.ts', 'stats', 'machine', 'model', 'engine', 'instance', 'precision', 'dispatch', 'simulate', 'table', 'plan', 'adapt', 'profile',
  'dataset', 'trial', 'study', 'check', 'compare', 'serve', 'load', 'store', 'bundle', 'report', 'cli',
]; // biome-ignore format: a table
const pure = new Set(['errors.ts', 'stats', 'dispatch', 'simulate', 'plan', 'adapt', 'compare']);

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

/** What the server and the simulation have in common: where it is declared, and who must take it from there. */
const onlyOnce = [
  {
    declared: /\bclass \w*Dispatcher\b/,
    home: 'dispatch',
    takes: /import \{[^}]*\bDispatcher\b[^}]*\} from '[./]+\/dispatch\/index\.ts'/,
    users: ['simulate/simulation.ts', 'serve/core/served-model.ts'],
  },
  {
    declared: /\bclass \w+ implements [^{]*\bStrategy\b/,
    home: 'adapt',
    takes: /import \{[^}]*\bfollowLoad\b[^}]*\} from '[./]+\/adapt\/index\.ts'/,
    users: ['serve/adapt/adapt-thread.ts', 'cli/simulate-policies.ts'],
  },
];

function secondsOf(name: string): string[] {
  const text = readFileSync(join(root, name), 'utf8');
  return onlyOnce.flatMap(({ declared, home, takes, users }) => [
    ...(declared.test(text) && !name.startsWith(`${home}/`)
      ? [`${name}: ${declared.exec(text)![0]} is declared outside src/${home}`]
      : []),
    ...(users.includes(name) && !takes.test(text) ? [`${name}: does not take its own from src/${home}`] : []),
  ]);
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const problems = files.flatMap((name) => [...problemsOf(join(root, name)), ...secondsOf(name)]);
for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
