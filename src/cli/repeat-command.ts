/** The words of this command, as `command` of it would be given; quoted for a shell where they need it. */
export function repeatCommand(command: string): string {
  const [, , ...words] = process.argv;
  const quoted = words
    .slice(1)
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return ['thinfer', command, ...quoted.filter((word) => word !== '--json' && word !== '--quiet')].join(' ');
}
