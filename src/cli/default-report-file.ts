import { join } from 'node:path';
import type { MemoryPolicy } from '../machine/index.ts';
import { safeName } from '../report/downloads.ts';
import { type Question, subjectHash } from './measure.ts';

/** With `.json.PID.tmp` after it a name must stay below the 255 bytes that Linux allows. */
const longestBytes = 200;

/**
 * The page's place where `--out` names none, by what is asked, so that no question overwrites another's page:
 * `PROJECT/reports/bert-base-uncased-32-items-4-cores-sequence-128.html`. Engine and settings follow where they are not
 * the default ones. A name too long for a file ends with the question's hash instead.
 */
export function defaultReportFile(projectDir: string, question: Question): string {
  const { model, items, cores, dims, placement } = question;
  const name = [
    model.name,
    counted(items, 'item'),
    placement.hardwareThreads ? counted(cores, 'hardware-thread') : counted(cores, 'core'),
    ...Object.entries(dims).map(([dim, size]) => `${safeName(dim)}-${size}`),
    ...unusualSettings(question),
  ].join('-');
  const short = `${[...model.name].slice(0, 40).join('')}-${subjectHash(question)}`;
  return join(projectDir, 'reports', `${Buffer.byteLength(name) <= longestBytes ? name : short}.html`);
}

const counted = (count: number, noun: string): string => `${count}-${noun}${count === 1 ? '' : 's'}`;

/** What is not as by default, as parts of a name. */
export function unusualSettings({ engine, placement }: Pick<Question, 'engine' | 'placement'>): string[] {
  const { mapping, memoryPolicy } = placement;
  return [
    ...(engine.engine === 'onnxruntime' ? [] : [safeName(engine.engine)]),
    ...(engine.optimization === 'all' ? [] : [`optimization-${engine.optimization}`]),
    ...(engine.spinAfterRun ? ['spin'] : []),
    ...(mapping === 'sequential' ? [] : [`mapping-${mapping}`]),
    ...(memoryPolicy.mode === 'default' ? [] : [`memory-${policyName(memoryPolicy)}`]),
  ];
}

function policyName(policy: MemoryPolicy): string {
  return 'nodes' in policy ? [policy.mode, ...policy.nodes].join('-') : policy.mode;
}
