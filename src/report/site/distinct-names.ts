import type { Section } from './site-figure.ts';

/** Gives each name once: names that are alike get a number. */
export class DistinctNames {
  private readonly taken = new Set<string>();

  /** The first of `name`, `name-2`, `name-3` … that is free with every ending. */
  take(name: string, endings: readonly string[] = ['']): string {
    let found = name;
    for (let number = 2; endings.some((end) => this.taken.has(found + end)); number++)
      found = `${name}-${number}`;
    for (const end of endings) this.taken.add(found + end);
    return found;
  }
}

/** The same with charts whose names differ from each other and from those that `names` has given: their files lie in one folder. */
export function withDistinctFiles(sections: readonly Section[], names = new DistinctNames()): Section[] {
  return sections.map((section) => ({
    ...section,
    subsections: section.subsections.map((part) => ({
      ...part,
      figures: part.figures.map((figure) => {
        const file = names.take(figure.file);
        return file === figure.file ? figure : { ...figure, id: file, file };
      }),
    })),
  }));
}
