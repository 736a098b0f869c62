import { join } from 'node:path';
import { describeEngine } from '../engine/index.ts';
import type { DimValues } from '../model/index.ts';
import type { ProfileResult, SamplingRule } from '../profile/index.ts';
import { safeName } from '../report/downloads.ts';
import { renderStudy, type StudyReportData, studyCsv, studyFindings, studyJson } from '../report/index.ts';
import type { CoresStudy, InstancesStudy } from '../study/index.ts';
import { unusualSettings } from './default-report-file.ts';
import { profileSummary } from './profile-summary.ts';
import { summarySentence } from './profile-text.ts';
import { repeatCommand } from './repeat-command.ts';
import { type ReportFiles, reportDataOf } from './report-files.ts';
import type { Session } from './session.ts';
import { checkMeasured } from './study-session.ts';
import { describeStudy } from './study-text.ts';
import { writeWhole } from './write-whole.ts';

/** What the page of a study is made of, beside the session. */
export interface StudyParts {
  readonly study: CoresStudy | InstancesStudy;
  readonly rule: SamplingRule;
  readonly choices: readonly DimValues[];
  /** `--out`. */
  readonly out: string | undefined;
  readonly project: string;
  /** What tells this study's question from another's, beside sizes and settings: `1-8-cores`, `16-items`. */
  readonly question: string;
}

/** Writes the page of a study, and prints the study. Throws where nothing was measured, or the page can't be written. */
export async function finishStudy(session: Session, parts: StudyParts, result: ProfileResult): Promise<void> {
  const { study } = parts;
  const { terminal, model, cores } = session;
  checkMeasured(study, result);
  const files = await writeStudy(session, parts);
  const findings = studyFindings(study);
  const profile = profileSummary(result);
  const document = { model: model.name, cores, ...study, findings, profile, report: files.html };
  terminal.print(
    terminal.json
      ? JSON.stringify(document, null, 2)
      : describeStudy(study, model.name, files, summarySentence(result), terminal),
  );
}

/** Page, CSV and JSON. */
async function writeStudy(session: Session, parts: StudyParts): Promise<ReportFiles> {
  const data = await studyDataOf(session, parts);
  const html = parts.out ?? join(parts.project, 'reports', `${fileName(session, parts)}.html`);
  const base = html.replace(/\.html?$/i, '');
  const files = { html, csv: `${base}.csv`, json: `${base}.json` };
  writeWhole(files.html, renderStudy(data));
  writeWhole(files.csv, studyCsv(data));
  writeWhole(files.json, studyJson(data));
  return files;
}

async function studyDataOf(session: Session, { study, rule }: StudyParts): Promise<StudyReportData> {
  const page = await reportDataOf(session, {
    points: [],
    rules: [rule],
    plan: null,
    trial: null,
    command: repeatCommand('study'),
  });
  const { versions, madeAt, machine, model, cores, command } = page;
  const settings = Object.fromEntries(
    Object.entries(page.settings).filter(([name]) => !(name in session.dims)),
  );
  const engine = describeEngine(session.engine.engine);
  return { versions, madeAt, machine, model, settings, cores, command, engine, study };
}

/** Longer names are cut: a file's may have 255 bytes. */
const longestName = 180;

function fileName(session: Session, { study, choices, question }: StudyParts): string {
  const names = [...new Set(choices.flatMap((choice) => Object.keys(choice)))];
  const sizes = names.map((name) => {
    const values = [...new Set(choices.map((choice) => choice[name]))];
    return `${safeName(name)}-${values.join('-')}`;
  });
  return [session.model.name, 'study', study.study, question, ...sizes, ...unusualSettings(session)]
    .join('-')
    .slice(0, longestName);
}
