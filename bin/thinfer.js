#!/usr/bin/env node
// Plain JavaScript on purpose: it must run on any Node, to say or do what is needed to get to Node 24.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { constants, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'src', 'cli', 'main.ts');
const main = existsSync(source) ? source : join(root, 'dist', 'cli', 'main.js');
const major = Number(process.versions.node.split('.')[0]);

/** The Node 24 that `npm ci` installed beside the project, or undefined. */
function localNode() {
  try {
    const packageFile = createRequire(import.meta.url).resolve('node/package.json');
    const binary = join(dirname(packageFile), 'bin', 'node');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

// Reading the sources anew costs half of a light command's time, and each instance 50 MB for the compiler.
const cacheHome = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
process.env.NODE_COMPILE_CACHE ??= join(cacheHome, 'thinfer', 'compiled');

// A server makes garbage at the rate of its requests: collected in small lots it takes 100 MB less, and pauses are short. What once
// outlived a few of these under a burst would be made in old space for ever after, and wait there for a major collection. What V8 lets
// garbage grow to goes by the largest size it may take.
const serveFlags = [
  '--max-semi-space-size=4',
  '--no-allocation-site-pretenuring',
  '--max-old-space-size=1536',
];
const flags = process.argv[2] === 'serve' ? serveFlags : [];
// What the user has set stays so.
const given = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`;
const missing = flags.filter((flag) => !given.includes(flag.split('=')[0]));

if (major >= 24) {
  if (missing.length > 0 && process.execve !== undefined)
    process.execve(
      process.execPath,
      [process.execPath, ...missing, ...process.execArgv, ...process.argv.slice(1)],
      process.env,
    );
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import(main);
} else {
  const node = localNode();
  if (node === undefined) {
    process.stderr.write(
      `thinfer: [machine] Node ${process.versions.node} is too old\n` +
        '  thinfer needs Node 24 or newer\n' +
        '  run `npm install --no-save node@24` in the project, or install Node 24\n',
    );
    process.exit(3);
  }
  // The kernel passes our end on, even one by SIGKILL.
  const command = ['--pdeathsig', 'TERM', '--', node, ...flags, main, ...process.argv.slice(2)];
  const child = spawn('setpriv', command, { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(
      `thinfer: [machine] setpriv can't be started: ${error.message}\n  install util-linux\n`,
    );
    process.exit(3);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (status, signal) => process.exit(status ?? 128 + constants.signals[signal]));
}
