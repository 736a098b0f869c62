import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, startProgram } from './command.ts';
import type { Scratch } from './process-test.ts';

/** How long requests are made of a document, and from which seed. */
export interface SchemathesisOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Of the management listener. */
  readonly token?: string;
  /** Put into paths that name one. */
  readonly model: { readonly name: string; readonly version: string };
}

/** A document can't say which shapes a model takes, so that what fits it may be refused with 400. */
const unfitting = ['positive_data_acceptance'];
/** Lets Schemathesis make requests from a listener's OpenAPI document, and judge the answers by it. */
export async function runSchemathesis(
  command: string,
  { folder, temporary }: Scratch,
  listener: string,
  { seconds, seed, token, model }: SchemathesisOptions,
): Promise<Ended & { readonly cases: number }> {
  const cwd = join(folder, `schemathesis-${new URL(listener).port}`);
  mkdirSync(cwd, { recursive: true });
  const config = join(cwd, 'schemathesis.toml');
  writeFileSync(
    config,
    [
      ...['[parameters]', `model = "${model.name}"`, `version = "${model.version}"`],
      // Of these, 413 is not among those it knows: more inputs than a request may have.
      ...['[checks.negative_data_rejection]', `expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415]`],
    ].join('\n'),
  );
  const words = [
    ...['--config-file', config, 'run', `${listener}/openapi.json`, '--seed', String(seed)],
    ...['--max-time', String(seconds), '--checks', 'all', '--exclude-checks', unfitting.join(',')],
    ...['--warnings', 'off', '--continue-on-failure', '--no-shrink', '--request-timeout', '10'],
    ...(token === undefined ? [] : ['--header', `Authorization: Bearer ${token}`]),
  ];
  const ended = await startProgram(command, words, {
    cwd,
    env: { ...process.env, TMPDIR: temporary },
  }).ended;
  return { ...ended, cases: Number(/(\d+) generated/.exec(ended.stdout)?.[1] ?? 0) };
}
