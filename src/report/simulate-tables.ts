import { formatTuples } from '../plan/baselines.ts';
import { dataTable } from './figure.ts';
import { formatCount, formatMs, formatNumber, formatPlural } from './format.ts';
import { html, type Markup } from './html.ts';
import type { SimulatedPolicyData, SimulatePageData } from './simulate-page-data.ts';
import { setWords } from './simulate-words.ts';

const levels = ['mean', 'p50', 'p99', 'max'] as const;

/** Policies side by side. */
export function policiesTable({ policies, warmupMs }: SimulatePageData): Markup {
  const heads = [...levels.map((name) => `${name}, ms`), 'not answered', 'cores busy'];
  return html`<section id="policies"><h2>The policies</h2>${dataTable(
    `Latency from arrival to answer${warmupMs > 0 ? `, without the requests of the first ${formatMs(warmupMs)}` : ''}`,
    [{ head: 'policy' }, { head: 'set' }, ...heads.map((head) => ({ head, numeric: true }))],
    policies.map((policy) => [
      policy.name,
      setWords(policy),
      ...levels.map((name) => (policy.latencyMs === null ? '–' : formatNumber(policy.latencyMs[name]))),
      formatCount(policy.refused),
      `${formatNumber(100 * policy.busyShare)} %`,
    ]),
  )}</section>`;
}

const mostChanges = 200;

/** Every change of every policy that makes any; null: none does. */
export function changesTables({ policies }: SimulatePageData): Markup | null {
  const followers = policies.filter(({ changes }) => changes.length > 0);
  if (followers.length === 0) return null;
  return html`<section id="changes"><h2>The changes</h2>${followers.map(
    (policy) =>
      html`<details><summary>${policy.name}: ${formatPlural(policy.changes.length, 'change')}</summary>${changesTable(policy)}</details>`,
  )}</section>`;
}

function changesTable({ name, groups, changes }: SimulatedPolicyData): Markup {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const cut = changes.length > mostChanges ? `; the first ${mostChanges} of them, all are in the JSON` : '';
  return dataTable(
    `Changes of ${name}, which began with ${formatTuples(groups)}${cut}`,
    [
      { head: 'decided, s', numeric: true },
      { head: 'took over after, s', numeric: true },
      { head: 'set' },
      { head: 'reason' },
    ],
    changes
      .slice(0, mostChanges)
      .map(({ decidedMs, switchedMs, groups: own, reason }) => [
        seconds(decidedMs),
        switchedMs === null ? 'did not take over' : seconds(switchedMs - decidedMs),
        formatTuples(own),
        reason,
      ]),
  );
}
