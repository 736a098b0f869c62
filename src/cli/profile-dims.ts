import { checkAdaptive, profileAsAsked } from './adaptive-profile.ts';
import { describeDims, dimChoices, dimLists } from './dim-lists.ts';
import { parseFlags } from './flags.ts';
import { adaptiveSchema } from './measuring-flags.ts';
import { formatPoints, profileDocument, summarySentence } from './profile-text.ts';
import { openSession } from './session.ts';
import { sessionAtDims } from './session-at-dims.ts';

const schema = adaptiveSchema.extend({ dim: dimLists.default({}) });

/**
 * `thinfer profile MODEL --dim sequence=32,128,384`: measures each size, one after the other. What a budget
 * leaves of its share goes to those that follow.
 */
export async function profileDims(name: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(schema, rawFlags);
  checkAdaptive({ ...flags, dim: {} });
  const choices = dimChoices(flags.dim);
  await using session = await openSession(name, { ...flags, dim: choices.at(-1)! });
  const sessions = await Promise.all(choices.map((dim) => sessionAtDims(session, dim)));
  const { terminal } = session;
  const endMs = performance.now() + (flags.budget ?? Number.POSITIVE_INFINITY);
  const documents: object[] = [];
  for (const [index, own] of sessions.entries()) {
    const leftMs = Math.max(0, endMs - performance.now()) / (sessions.length - index);
    const budgetMs = flags.budget === undefined ? null : leftMs;
    const result = await profileAsAsked(own, { ...flags, dim: choices[index]! }, budgetMs);
    documents.push({ dims: own.dims, ...profileDocument(own.model.name, result) });
    if (terminal.json) continue;
    const title = terminal.bold(describeDims(own.dims));
    terminal.print(
      `${index === 0 ? '' : '\n'}${title}\n${formatPoints(result.points, terminal.width)}\n\n${summarySentence(result)}`,
    );
  }
  if (terminal.json)
    terminal.print(JSON.stringify({ model: session.model.name, series: documents }, null, 2));
}
