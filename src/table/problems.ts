import { ThinferError } from '../errors.ts';

/** So many problems are listed; the rest is counted. */
const listed = 20;

/** Everything that is wrong with one file, reported at once. */
export class Problems {
  private readonly name: string;
  private readonly found: { readonly line: number; readonly text: string }[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get count(): number {
    return this.found.length;
  }

  /** @param line From 1. @param column Its name in the header, where one is to blame. */
  add(line: number, column: string | null, text: string): void {
    const where = column === null ? `line ${line}` : `line ${line}, ${column}`;
    this.found.push({ line, text: `${this.name}: ${where}: ${text}` });
  }

  /** Throws `store-invalid` with all of them in the order of lines, if there are any. */
  throwIfAny(remedy: string): void {
    if (this.found.length === 0) return;
    const texts = this.found.toSorted((a, b) => a.line - b.line).map(({ text }) => text);
    const rest = texts.length - listed;
    throw new ThinferError(
      'store-invalid',
      [...texts.slice(0, listed), ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n'),
      { remedy },
    );
  }
}
