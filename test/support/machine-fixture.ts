import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { builtMachines } from './built-machines.ts';
import { type MachineTree, parseMachineTree } from './machine-tree.ts';

const folder = resolve(import.meta.dirname, '../fixtures/machines');

/** The files of a machine: captured ones from the fixtures' folder, the others as built. */
export function machineTree(name: string): MachineTree {
  const built = builtMachines[name];
  return built === undefined
    ? parseMachineTree(readFileSync(join(folder, name, 'tree.txt'), 'utf8'))
    : built.tree();
}

/**
 * Unpacks a machine into a temporary folder, removed when the test ends.
 *
 * @param machine Its name, or its files.
 * @param changes Files to add or replace; undefined removes one.
 * @returns the folder, for `readMachine`.
 */
export function useMachineRoot(
  context: Pick<TestContext, 'after'>,
  machine: string | MachineTree,
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  const root = mkdtempSync(join(tmpdir(), 'thinfer-machine-'));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const tree = typeof machine === 'string' ? machineTree(machine) : machine;
  for (const [path, content] of Object.entries({ ...tree, ...changes })) {
    if (content === undefined) continue;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}
