import { availableParallelism } from 'node:os';
import type { Serving } from '../serve.ts';
import type { CaseOutcome } from './http-driver.ts';
import { descriptorsOf, rssBytesOf } from './watch.ts';

/** What sends the cases of one protocol. Case `index` of a seed is always the same. */
export interface Sender {
  readonly send: (index: number) => Promise<CaseOutcome & { readonly family: string }>;
  readonly close: () => void;
}

/** Which cases are sent, and how. */
export interface CampaignOptions {
  readonly server: Serving;
  /** Makes a sender with connections of its own. */
  readonly open: () => Sender;
  readonly from: number;
  readonly count: number;
  /** Senders at once. Default 8. */
  readonly senders?: number;
  /** Told after every `every` cases. */
  readonly onProgress?: (progress: CampaignResult) => void;
  readonly every?: number;
}

/** Something that must not have happened. */
export interface Finding {
  readonly index: number;
  readonly family: string;
  readonly problem: string;
}

/** What was seen. */
export interface CampaignResult {
  sent: number;
  answers: number;
  /** Number of answers by family and status. */
  readonly families: Record<string, Record<string, number>>;
  /** The first hundred. */
  readonly findings: Finding[];
  findingCount: number;
  /** Memory and descriptors of the server after every `every` cases. */
  readonly samples: { readonly sent: number; readonly rssBytes: number; readonly descriptors: number }[];
}

/** Sends cases `from` to `from + count - 1`. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { server, from, count, senders = 8, every = 2000 } = options;
  const result: CampaignResult = {
    ...{ sent: 0, answers: 0, families: {}, findings: [], findingCount: 0, samples: [] },
  };
  let next = from;
  const work = async (): Promise<void> => {
    const sender = options.open();
    try {
      while (next < from + count) {
        const index = next++;
        note(result, index, await sender.send(index));
        if (result.sent % every !== 0) continue;
        result.samples.push({
          ...{ sent: result.sent, rssBytes: rssBytesOf(server.pid), descriptors: descriptorsOf(server.pid) },
        });
        options.onProgress?.(result);
      }
    } finally {
      sender.close();
    }
  };
  await Promise.all(Array.from({ length: Math.max(senders, availableParallelism()) }, work));
  return result;
}

function note(
  result: CampaignResult,
  index: number,
  { family, statuses, problems }: Awaited<ReturnType<Sender['send']>>,
): void {
  result.sent++;
  result.families[family] ??= {};
  const counts = result.families[family];
  if (statuses.length === 0) counts['none'] = (counts['none'] ?? 0) + 1;
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  result.answers += statuses.length;
  result.findingCount += problems.length;
  for (const problem of problems)
    if (result.findings.length < 100) result.findings.push({ index, family, problem });
}
