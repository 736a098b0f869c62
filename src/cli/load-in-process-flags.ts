import type { Command } from 'commander';
import { z } from 'zod';
import { groupsSyntax, parseGroups } from '../plan/parse-groups.ts';
import type { Group } from '../plan/types.ts';
import type { FlagIssue } from './flag-issue.ts';
import { count } from './flags.ts';

const configuration = z.string().transform((text, context): Group[] => {
  const groups = parseGroups(text);
  if (groups !== null) return groups;
  context.addIssue({ code: 'custom', message: `"${text}" is not ${groupsSyntax}` });
  return z.NEVER;
});

/** The flags of a target without a server. */
export const inProcessFlags = {
  inProcess: z.boolean().default(false),
  config: configuration.optional(),
  engine: z.string().min(1).optional(),
  cores: count.optional(),
};

/** Connections at most, unless another number is asked for. */
export const defaultConnections = 512;

/** What `inProcessProblems` looks at. */
export interface InProcessFlags {
  readonly inProcess: boolean;
  readonly config?: readonly Group[] | undefined;
  readonly engine?: string | undefined;
  readonly cores?: number | undefined;
  readonly model?: string | undefined;
  readonly modelVersion?: string | undefined;
  readonly modelFile?: string | undefined;
  readonly protocol: string;
  readonly body: readonly string[];
  readonly contentType?: string | undefined;
  readonly jsonBody: boolean;
  readonly binary: boolean;
  readonly token?: string | undefined;
  readonly connections: number;
}

/** What needs a server, and what is needed without one. */
export function inProcessProblems(flags: InProcessFlags, issue: FlagIssue): void {
  const refuse = (given: boolean, flag: string, why: string): void => {
    if (given) issue(flag, why);
  };
  if (!flags.inProcess) {
    refuse(flags.model === undefined, 'model', "the model's name on the server is missing");
    for (const flag of ['config', 'engine', 'cores'] as const)
      refuse(flags[flag] !== undefined, flag, 'the server has its own; it is for --in-process');
    return;
  }
  const noServer = 'there is no server with --in-process; leave it out';
  refuse(flags.model !== undefined, 'model', 'with --in-process the model stands in the place of the URL');
  refuse(
    flags.modelFile !== undefined,
    'model-file',
    'with --in-process the model stands in the place of the URL',
  );
  refuse(flags.modelVersion !== undefined, 'model-version', noServer);
  refuse(flags.protocol !== 'oip', 'protocol', noServer);
  refuse(flags.body.length > 0, 'body', noServer);
  refuse(flags.contentType !== undefined, 'content-type', noServer);
  refuse(flags.jsonBody, 'json-body', noServer);
  refuse(flags.binary, 'binary', noServer);
  refuse(flags.token !== undefined, 'token', noServer);
  refuse(flags.connections !== defaultConnections, 'connections', noServer);
}

/** Adds the flags of a target without a server. */
export function addInProcessFlags(command: Command): Command {
  return command
    .option('--in-process', 'no server: instances of the model, which then stands in the place of the URL')
    .option('--config <groups>', 'with --in-process: INSTANCESxTHREADSxBATCH; default: what serve would take')
    .option('--engine <engine>', 'with --in-process: onnxruntime (the default), or null[:delay=MS,…]')
    .option('--cores <n>', 'with --in-process: physical cores to use; default: all usable ones');
}
