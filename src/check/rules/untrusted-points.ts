import { makeFinding } from '../make-finding.ts';
import type { Rule } from '../types.ts';

/** Points whose own samples say that something disturbed them. */
export const untrustedPoints: Rule = {
  name: 'untrusted-points',
  severity: 'implausible',
  about: 'a stored point that something disturbed while it was measured',
  check: (sheets) =>
    sheets.flatMap(({ rows }) =>
      rows.flatMap(({ doubts = [], cells: [first] }) =>
        doubts.length === 0 || first === undefined
          ? []
          : [
              makeFinding(
                untrustedPoints,
                [first],
                doubts.map((text) => text.replace(/\.$/, '')).join('; '),
                'measured anew: thinfer study … --again-disturbed, or profile --again',
              ),
            ],
      ),
    ),
};
