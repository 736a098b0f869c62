import { createHash } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import { adapterVersions } from './adapter.ts';
import { findPython } from './find-python.ts';
import { environmentBytes, requirements } from './requirements.ts';
import { type ProcessEnd, runProcess } from './run-process.ts';
import type { QuantizeContext } from './types.ts';
import { makeWholeFolder } from './whole-folder.ts';

/** A Python that has ONNX Runtime's quantization tools. */
export interface PythonEnvironment {
  /** Path of its interpreter. */
  readonly python: string;
  /** Versions of Python, ONNX Runtime, onnx and numpy. */
  readonly tools: Readonly<Record<string, string>>;
}

const markSchema = z.object({ tools: z.record(z.string(), z.string()) });

/** Where the environment of these requirements lies: other requirements are another folder. */
export function environmentFolder(cacheDir: string): string {
  const key = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  return resolve(cacheDir, 'python', `quantization-${key}`);
}

/**
 * The Python environment, made with `setup` where it is missing or damaged: Python's own `venv`, and pinned wheels by pip from the
 * index that pip is set to. Throws `machine` where there is none and `setup` is not asked for, where no fitting Python is found, or
 * where pip can't get the packages; `storage`; `interrupted`.
 */
export async function pythonEnvironment(context: QuantizeContext): Promise<PythonEnvironment> {
  const folder = environmentFolder(context.cacheDir);
  const found = await readEnvironment(folder);
  if (found !== null && !(context.setup && (await isDamaged(found, context)))) return found;
  if (!context.setup)
    throw new ThinferError('machine', `${folder}: the Python environment for quantization is missing`, {
      remedy: `It is made once by \`thinfer model quantize MODEL --setup\`: ${requirements[0]} and what it needs, ${Math.round(environmentBytes / 1e6)} MB, by pip`,
    });
  if (found !== null) context.onNotice?.(`${folder}: the Python environment is damaged; it is made again.`);
  await makeWholeFolder(folder, (temporary) => fill(temporary, context));
  const made = await readEnvironment(folder);
  if (made === null) throw new ThinferError('bug', `${folder} was made and can't be read. This is a bug.`);
  return made;
}

async function readEnvironment(folder: string): Promise<PythonEnvironment | null> {
  const python = join(folder, 'bin', 'python');
  try {
    await access(python);
    const { tools } = markSchema.parse(JSON.parse(await readFile(join(folder, 'complete.json'), 'utf8')));
    return { python, tools };
  } catch {
    return null; // Missing, or left by something else.
  }
}

/** Packages may be gone, or the system's Python another one by now. */
async function isDamaged({ python }: PythonEnvironment, { signal }: QuantizeContext): Promise<boolean> {
  try {
    await adapterVersions(python, signal);
    return false;
  } catch (error) {
    if (ThinferError.from(error).code === 'interrupted') throw error;
    return true;
  }
}

async function fill(folder: string, { onProgress, signal }: QuantizeContext): Promise<void> {
  const say = (text: string): void => onProgress?.({ stage: 'setup', text, share: null });
  const { file, version } = await findPython(signal);
  say(`Python ${version}: new environment`);
  const made = await runProcess({ command: [file, '-m', 'venv', folder], signal });
  if (made.status !== 0) throw failed(`${file} -m venv`, made);
  const list = join(folder, 'requirements.txt');
  await writeFile(list, `${requirements.join('\n')}\n`);
  const python = join(folder, 'bin', 'python');
  const flags = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off', '--no-deps'];
  const installed = await runProcess({
    command: [python, '-m', 'pip', 'install', ...flags, '--only-binary', ':all:', '-r', list],
    onLine: (line) => say(`pip: ${line.replace(/\(from .*/, '').trim()}`),
    signal,
  });
  if (installed.status !== 0) throw failed('pip install', installed);
  say('first import');
  const tools = await adapterVersions(python, signal);
  await writeFile(join(folder, 'complete.json'), `${JSON.stringify({ tools }, null, 1)}\n`);
}

/** The lines that say why; pip repeats itself a lot. */
function failed(what: string, { status, signal, lastWords }: ProcessEnd): ThinferError {
  const errors = lastWords.split('\n').filter((line) => /^ERROR|error:/i.test(line));
  const words = (errors.length > 0 ? errors : lastWords.split('\n')).slice(-2).join('\n');
  const offline = /connection|name resolution|resolve|unreachable|timed out|No matching distribution/i.test(
    lastWords,
  );
  return new ThinferError('machine', `${what} failed (${status ?? signal}): ${words}`, {
    remedy: offline
      ? 'It needs a package index: check the network, or set one up for pip (PIP_INDEX_URL, pip.conf, PIP_FIND_LINKS with wheels).'
      : 'Nothing of the environment is kept; mend this, and run the same again.',
  });
}
