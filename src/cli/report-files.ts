import { formatCpuList, type MemoryPolicy } from '../machine/index.ts';
import { modelCost } from '../model/index.ts';
import type { PlanAnswer } from '../plan/index.ts';
import type { Point, SamplingRule } from '../profile/index.ts';
import type { ReportData } from '../report/index.ts';
import type { TrialResult } from '../trial/index.ts';
import { describeSampling } from './describe-sampling.ts';
import { withSharedAlone } from './measure.ts';
import type { Subject } from './session.ts';
import { writeWhole } from './write-whole.ts';

/** What goes on a page beside the subject. */
export interface ReportParts {
  readonly points: readonly Point[];
  /** Those that the points were measured by. */
  readonly rules: readonly SamplingRule[];
  readonly plan: PlanAnswer | null;
  readonly trial: TrialResult | null;
  readonly command: string;
}

/** Everything the page is drawn from. */
export async function reportDataOf(subject: Subject, parts: ReportParts): Promise<ReportData> {
  const { model, dims, engine, placement, cores } = subject;
  return {
    versions: subject.versions,
    madeAt: new Date().toISOString(),
    machine: subject.machine,
    model,
    costPerItem: await modelCost(model, { batch: model.fixedBatch, dims }),
    settings: {
      engine: engine.engine,
      precision: model.precision ?? 'as in the file',
      'graph optimization': engine.optimization,
      'spinning after a run': engine.spinAfterRun ? 'on' : 'off',
      mapping: placement.mapping,
      'hardware threads': placement.hardwareThreads ? 'both of a core' : 'one of a core',
      'memory policy': describePolicy(placement.memoryPolicy),
      cores: String(cores),
      'sampling of a cell': describeSampling(parts.rules),
      ...Object.fromEntries(Object.entries(dims).map(([name, size]) => [name, String(size)])),
    },
    cores,
    points: withSharedAlone(parts.points, cores),
    plan: parts.plan,
    trial: parts.trial,
    command: parts.command,
  };
}

function describePolicy(policy: MemoryPolicy): string {
  return 'nodes' in policy ? `${policy.mode} on nodes ${formatCpuList(policy.nodes)}` : policy.mode;
}

/** Where a report's files are. */
export interface ReportFiles {
  readonly html: string;
  readonly csv: string;
  readonly json: string;
  /** Only where servers were compared. */
  readonly serving?: string;
}

/** Writes page, CSV and JSON side by side; each appears whole or not at all. What draws them is loaded only now. */
export async function writeReport(data: ReportData, html: string): Promise<ReportFiles> {
  const { renderReport, reportCsv, reportJson, servingCsv } = await import('../report/index.ts');
  const base = html.replace(/\.html?$/i, '');
  const files = { html, csv: `${base}.csv`, json: `${base}.json` };
  writeWhole(files.html, renderReport(data));
  writeWhole(files.csv, reportCsv(data));
  writeWhole(files.json, reportJson(data));
  if (data.serving === undefined) return files;
  const serving = `${base}-serving.csv`;
  writeWhole(serving, servingCsv(data.serving));
  return { ...files, serving };
}
