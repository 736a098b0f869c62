import { ThinferError } from '../errors.ts';
import { pythonVersions } from './requirements.ts';
import { runProcess } from './run-process.ts';

/** An interpreter that can make an environment. */
export interface FoundPython {
  readonly file: string;
  readonly version: string;
}

const question = `
import sys
try:
    import venv, ensurepip
    able = True
except ImportError:
    able = False
print("%d.%d.%d %d" % (*sys.version_info[:3], able))
`;

/**
 * The first Python of a fitting version with the modules `venv` and `ensurepip`: the one that `THINFER_PYTHON` names, or else of `python3`,
 * `/usr/bin/python3` and `python3.11` … on the PATH. Throws `machine` with what each of them lacks.
 */
export async function findPython(
  signal?: AbortSignal,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FoundPython> {
  const lacks: string[] = [];
  let lacksVenv: string | null = null;
  for (const file of candidates(environment)) {
    const answer = await ask(file, signal);
    if (answer === null) continue;
    const { version, isAble } = answer;
    if (!fits(version)) lacks.push(`${file} is ${version}`);
    else if (isAble) return { file, version };
    else {
      lacks.push(`${file} (${version}) has no venv with pip`);
      lacksVenv ??= version.replace(/\.\d+$/, '');
    }
  }
  throw new ThinferError(
    'machine',
    `no Python that can make an environment: ${lacks.length > 0 ? lacks.join('; ') : 'python3 is not installed'}`,
    { remedy: remedyFor(lacksVenv) },
  );
}

function remedyFor(lacksVenv: string | null): string {
  const other = 'or name another one: THINFER_PYTHON=/path/to/python3';
  if (lacksVenv !== null)
    return `Install Debian's package for it (apt-get install python3-venv, or python${lacksVenv}-venv), ${other}`;
  const { from, below } = pythonVersions;
  return `Python ${from.join('.')} up to ${below[0]}.${below[1] - 1} is needed (Debian 12 and newer: apt-get install python3 python3-venv), ${other}`;
}

function candidates(environment: NodeJS.ProcessEnv): readonly string[] {
  const named = environment['THINFER_PYTHON'];
  if (named) return [named];
  const { from, below } = pythonVersions;
  const minors = Array.from({ length: below[1] - from[1] }, (_, index) => `python3.${from[1] + index}`);
  return ['python3', '/usr/bin/python3', ...minors];
}

function fits(version: string): boolean {
  const minor = Number(version.split('.')[1]);
  return version.startsWith('3.') && minor >= pythonVersions.from[1] && minor < pythonVersions.below[1];
}

async function ask(
  file: string,
  signal: AbortSignal | undefined,
): Promise<{ version: string; isAble: boolean } | null> {
  let said = '';
  const { status } = await runProcess({
    command: [file, '-c', question],
    onLine: (line) => (said = line),
    signal,
  });
  const [, version, able] = /^(\d+\.\d+\.\d+) ([01])$/.exec(said) ?? [];
  return status !== 0 || version === undefined ? null : { version, isAble: able === '1' };
}
