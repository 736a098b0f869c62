import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ThinferError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';

/** Shorter tokens can be guessed. */
const leastLength = 16;

/** The tokens of a file, one a line; blank lines and lines that begin with `#` don't count. Throws `not-found` or `usage`. */
export function readTokens(file: string): string[] {
  const tokens = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const problems = [
    ...(tokens.length === 0 ? [`${file}: there is no token in it`] : []),
    ...tokens.flatMap((token, index) =>
      token.length < leastLength || !/^[\x21-\x7e]+$/.test(token)
        ? [`${file}: token ${index + 1} is not at least ${leastLength} printable characters without spaces`]
        : [],
    ),
  ];
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), { remedy: 'write one token a line' });
  return tokens;
}

/** The token of management: what the file holds; where there is none, a new one is made that only its owner can read. */
export function managementToken(file: string): string {
  if (existsSync(file)) return readTokens(file)[0]!;
  makeFolder(dirname(file));
  const token = randomBytes(24).toString('base64url');
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return token;
}
