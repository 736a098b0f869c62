import { checkAdaptive, profileAsAsked } from '../adaptive-profile.ts';
import { hasDimList } from '../dim-lists.ts';
import { parseFlags } from '../flags.ts';
import { adaptiveSchema } from '../measuring-flags.ts';
import { profileDims } from '../profile-dims.ts';
import { formatPoints, profileDocument, summarySentence } from '../profile-text.ts';
import { openSession } from '../session.ts';

/** `thinfer profile MODEL`: measures cells over threads × batch. */
export async function profileCommand(name: string, rawFlags: Record<string, unknown>): Promise<void> {
  if (hasDimList(rawFlags)) return profileDims(name, rawFlags);
  const flags = parseFlags(adaptiveSchema, rawFlags);
  checkAdaptive(flags);
  await using session = await openSession(name, flags);
  const { terminal } = session;
  const result = await profileAsAsked(session, flags, flags.budget ?? null);
  if (terminal.json) {
    terminal.print(JSON.stringify(profileDocument(session.model.name, result), null, 2));
    return;
  }
  terminal.print(formatPoints(result.points, terminal.width));
  terminal.print(`\n${summarySentence(result)}`);
}
