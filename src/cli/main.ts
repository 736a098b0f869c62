/** The `thinfer` command: words in, exit status out. */
import { CommanderError } from 'commander';
import { ThinferError } from '../errors.ts';
import { makeProgram } from './program.ts';
import { formatError } from './terminal.ts';

/** A reader that went away (`thinfer … | head`) is no error of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await makeProgram().parseAsync(process.argv);
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  else {
    const error = ThinferError.from(thrown);
    process.stderr.write(formatError(error, process.env['THINFER_DEBUG'] !== undefined));
    process.exitCode = error.exitStatus;
  }
}
