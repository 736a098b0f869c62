import { isDeepStrictEqual } from 'node:util';
import type { Deviation, Expected } from './deviations.ts';
import type { Outcome, Outcomes } from './run-conformance.ts';

/**
 * Compares what clients found here with what they found at Triton. Gives a line for each outcome that is neither Triton's nor that of
 * a deviation, and for each deviation that is none any more.
 */
export function compareOutcomes(
  ours: Outcomes,
  triton: Outcomes,
  deviations: readonly Deviation[],
): string[] {
  const problems: string[] = [];
  const used = new Set<Deviation>();
  for (const [key, outcome] of Object.entries(ours)) {
    const reference = triton[key];
    const deviation = deviations.find((one) => matches(one, key, reference));
    const expected = deviation === undefined ? reference : expectedOf(deviation, key);
    if (deviation !== undefined) used.add(deviation);
    if (expected === undefined) problems.push(`${key}: neither Triton nor a deviation says what is right`);
    else if (!isSame(outcome, expected))
      problems.push(`${key}: ${shown(outcome)}, not ${shown(expected)}${because(deviation)}`);
    else if (deviation !== undefined && reference !== undefined && isSame(outcome, reference))
      problems.push(`${key}: is as Triton's, and needs no deviation (${deviation.why})`);
  }
  for (const deviation of deviations)
    if (!used.has(deviation)) problems.push(`no outcome has the deviation of ${deviation.checks.join(', ')}`);
  return problems;
}

function matches(
  { checks, over, tritonHas }: Deviation,
  key: string,
  reference: Outcome | undefined,
): boolean {
  const { name, protocol } = partsOf(key);
  if (over !== undefined && over !== protocol) return false;
  if (tritonHas !== undefined && (reference === undefined || !isSame(reference, resultOf(tritonHas))))
    return false;
  return checks.some((check) => (check.endsWith('*') ? name.startsWith(check.slice(0, -1)) : name === check));
}

function expectedOf(deviation: Deviation, key: string): Result | undefined {
  const ours = partsOf(key).protocol === 'http' ? deviation.http : deviation.grpc;
  return ours === undefined ? undefined : resultOf(ours);
}

/** `datatype.FP32.json http.aio` → its name and its protocol. */
function partsOf(key: string): { readonly name: string; readonly protocol: 'http' | 'grpc' } {
  const [name = '', client = ''] = key.split(' ');
  return { name, protocol: client.startsWith('http') ? 'http' : 'grpc' };
}

/** What is compared of an outcome; the words of messages are each server's own. */
type Result = Omit<Outcome, 'message'>;

const resultOf = ({ status, detail = null }: Expected): Result => ({ ok: status === 'OK', status, detail });

function isSame(a: Result, b: Result): boolean {
  return a.ok === b.ok && a.status === b.status && isDeepStrictEqual(a.detail, b.detail);
}

function shown(outcome: Result & { readonly message?: string | null }): string {
  const { status, detail, message } = outcome;
  return [
    status,
    detail === null ? '' : JSON.stringify(detail),
    message ? `"${message.split('\n')[0]!.slice(0, 160)}"` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const because = (deviation: Deviation | undefined): string =>
  deviation === undefined ? '' : ` (${deviation.why})`;
