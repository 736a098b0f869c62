import { found } from './arithmetic.ts';
import type { CheckCell, Finding, Rule } from './types.ts';

/** A finding of a rule at cells, the one to blame first. */
export function makeFinding(
  { name, severity }: Pick<Rule, 'name'> & { readonly severity: Finding['severity'] },
  cells: readonly [CheckCell, ...CheckCell[]],
  text: string,
  expected: string | null = null,
): Finding {
  const [first, ...rest] = cells;
  return { rule: name, severity, cells: [found(first), ...rest.map(found)], text, expected, count: 1 };
}
