/** Files of a machine by absolute path. */
export type MachineTree = Readonly<Record<string, string>>;

const mark = '<<< ';

/** Writes a tree as one text: a head of `#` lines, then for each file a line `<<< path` and its content. */
export function formatMachineTree(tree: MachineTree, head: readonly string[]): string {
  const files = Object.entries(tree).map(([path, content]) => `${mark}${path}\n${content.trimEnd()}\n`);
  return [...head.map((line) => `# ${line}\n`), ...files].join('');
}

/** Reads what `formatMachineTree` wrote. */
export function parseMachineTree(text: string): MachineTree {
  const [, ...files] = `\n${text}`.split(`\n${mark}`);
  return Object.fromEntries(
    files.map((file) => {
      const end = file.indexOf('\n');
      return end < 0 ? [file, ''] : [file.slice(0, end), file.slice(end + 1)];
    }),
  );
}
