import { formatCount } from '../report/format.ts';
import { type LoadPageData, loadEvidence, renderLoad } from '../report/index.ts';
import { type FinishedLoad, generatorRow, pageRemedy } from './load-report.ts';
import { repeatCommand } from './repeat-command.ts';
import { version } from './version.ts';
import { writeWhole } from './write-whole.ts';

/** Writes the page of a run. Throws `storage` where that can't be. */
export async function writeLoadPage(file: string, finished: FinishedLoad): Promise<void> {
  writeWhole(file, await renderLoad(pageDataOf(finished)), pageRemedy);
}

function pageDataOf({
  run,
  facts,
  summary,
  verdict,
  ruled,
  document,
  parts = [],
}: FinishedLoad): LoadPageData {
  const { load: loop = `${facts.loop} loop`, ...settings } = facts.settings;
  const open = facts.loop === 'open';
  return {
    versions: { thinfer: version(), node: process.versions.node },
    madeAt: new Date().toISOString(),
    command: repeatCommand('load'),
    model: facts.model,
    open,
    loop: parts.length > 1 ? `${facts.loop} loop of ${formatCount(parts.length)} generators` : loop,
    countedFrom: new Date(run.startedAt.getTime() + run.countFromMs).toISOString(),
    deadlineMs: facts.deadlineMs,
    settings: { load: loop, ...settings },
    generatorCpu: facts.generatorCpu,
    busyShare: run.busyShare,
    summary,
    verdict,
    ruled: ruled ?? null,
    evidence: loadEvidence(run, open),
    generators: parts.map(generatorRow),
    document,
  };
}
