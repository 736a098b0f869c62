import { ThinferError } from '../../errors.ts';
import { planCases } from '../../plan/index.ts';
import { parseFlags } from '../flags.ts';
import { describeCases } from '../plan-cases-text.ts';
import { checkPlanFlags, type PlanFlags, planSchema } from '../plan-flags.ts';
import { asksForLengths } from '../plan-length-flags.ts';
import { planLengthsCommand } from '../plan-lengths.ts';
import { parseModelWord, planSeveral } from '../plan-models.ts';
import { asksToSimulate, simulateCommand } from '../plan-simulate.ts';
import { coresOf, openModelSource, openTableSource, type PlanSource } from '../plan-sources.ts';
import { describeModels, describePlan } from '../plan-text.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

/** `thinfer plan MODEL…` or `thinfer plan --table FILE`: the exact best configuration from what was measured. */
export async function planCommand(
  words: readonly string[],
  rawFlags: Record<string, unknown>,
): Promise<void> {
  if (asksToSimulate(rawFlags)) return simulateCommand(words, rawFlags);
  if (asksForLengths(rawFlags)) return planLengthsCommand(words, rawFlags);
  if (words.length > 1 || words.some((word) => Object.keys(parseModelWord(word).own).length > 0))
    return planTogether(words, rawFlags);
  const flags = parseFlags(planSchema, rawFlags);
  checkPlanFlags(flags);
  using source = await openSource(words[0], flags);
  const terminal = openTerminal(flags);
  const cores = coresOf(flags, source);
  const items = flags.goal === 'latency' ? (flags.items ?? [source.defaultItems]) : null;
  if (cores.length > 1 || (items?.length ?? 1) > 1) {
    const answer = planCases(cores, items ?? [null], (count, asked) => source.answer(count, asked ?? 0));
    print(answer, () => describeCases(answer, terminal), terminal);
    return;
  }
  const answer = source.answer(cores[0]!, items?.[0] ?? 0);
  const inForce = items === null ? null : source.inForce(cores[0]!, items[0]!);
  const describe = (): string =>
    describePlan(answer, terminal, { inForce, isTable: flags.table !== undefined });
  print({ ...answer, inForce }, describe, terminal);
}

async function planTogether(words: readonly string[], rawFlags: Record<string, unknown>): Promise<void> {
  const answer = await planSeveral(words, rawFlags);
  const terminal = openTerminal({ json: rawFlags['json'] === true, quiet: rawFlags['quiet'] === true });
  print(answer, () => describeModels(answer.models, answer.cores, terminal), terminal);
}

async function openSource(name: string | undefined, flags: PlanFlags): Promise<PlanSource> {
  if (name === undefined && flags.table === undefined)
    throw new ThinferError('usage', 'plan: neither a model nor a table is named', {
      remedy: 'name one: thinfer plan MODEL, or thinfer plan --table FILE',
    });
  if (name !== undefined && flags.table !== undefined)
    throw new ThinferError(
      'usage',
      `plan: the model ${name} and --table ${flags.table} can't both be planned`,
      {
        remedy: 'name one of them',
      },
    );
  return flags.table === undefined ? openModelSource(name!, flags) : openTableSource(flags.table, flags);
}

function print(answer: object, describe: () => string, terminal: Terminal): void {
  terminal.print(terminal.json ? JSON.stringify(answer, null, 2) : describe());
}
