import { ThinferError } from '../errors.ts';

/** So many lines of a message are printed; the rest is counted. */
const mostLines = 20;

/** The first lines of a message, and how many more there are. */
export function firstLines(lines: readonly string[]): string {
  const rest = lines.length - mostLines;
  return [...lines.slice(0, mostLines), ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n');
}

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
    const lines = this.found.toSorted((a, b) => a.line - b.line).map(({ text }) => text);
    throw new ThinferError('store-invalid', firstLines(lines), { remedy });
  }
}
