import { valueWords } from './setting-words.ts';
import type { SettingLists, Sweep, SweepSettings } from './types.ts';

/** The first value of every setting. */
export function baseOf(lists: SettingLists): SweepSettings {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values[0]])) as never;
}

/** The combinations of settings that a design asks for, the base first, each once. */
export function combinations(lists: SettingLists, design: Sweep['design']): SweepSettings[] {
  const names = Object.keys(lists) as (keyof SweepSettings)[];
  const base = baseOf(lists);
  const all =
    design === 'factorial'
      ? names.reduce<SweepSettings[]>(
          (made, name) => made.flatMap((one) => lists[name].map((value) => ({ ...one, [name]: value }))),
          [base],
        )
      : [base, ...names.flatMap((name) => lists[name].slice(1).map((value) => ({ ...base, [name]: value })))];
  const byWords = new Map(all.map((one) => [names.map((name) => valueWords(one, name)).join('|'), one]));
  return [...byWords.values()];
}
