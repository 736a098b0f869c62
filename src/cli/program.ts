import { Command, Option } from 'commander';
import { addCompareFlags } from './compare-flags.ts';
import { addCommonFlags, describeFlag, repeatable } from './flags.ts';
import { addLoadFlags } from './load-flags.ts';
import { addLoadMergeFlags } from './load-merge-flags.ts';
import { addAdaptiveFlags, addGridFlags, addSettingsFlags } from './measuring-flags.ts';
import { addModelQuantizeFlags } from './model-quantize-flags.ts';
import { addPlanFlags } from './plan-flags.ts';
import { addLengthFlags } from './plan-length-flags.ts';
import { addServeFlags } from './serve-flags.ts';
import { addSimulateFlags } from './simulate-flags.ts';
import { addSiteFlags, givenFlags } from './site-options.ts';
import { addCoresStudyFlags, addInstancesStudyFlags } from './study-flags.ts';
import { addSweepFlags } from './sweep-flags.ts';
import { version } from './version.ts';

const outHelp =
  'the page; default: reports/MODEL-B-items-T-cores.html in the project folder, with dimensions and unusual settings';
const modelArgument = 'name of the zoo (thinfer model list), or path of an ONNX file';

/** Each command's file is loaded when it runs, so that a light one does not pay for a heavy one. */
export function makeProgram(): Command {
  const program = new Command('thinfer')
    .description('Makes deep-learning inference on CPUs as fast as the machine allows, and proves it.')
    .version(version())
    .exitOverride()
    // What stands after a command's name is its own: `load` and `load merge` have flags of the same name.
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'thinfer: [usage] ')),
    })
    .showHelpAfterError('(thinfer --help lists the commands and their flags)');
  addMachine(program);
  addModel(program);
  addProfile(program);
  addPlan(program);
  addTry(program);
  addTune(program);
  addStudy(program);
  addServe(program);
  addSimulate(program);
  addReport(program);
  addLoad(program);
  addImport(program);
  addExport(program);
  addCompare(program);
  addCheck(program);
  return program;
}

function addMachine(program: Command): void {
  addCommonFlags(
    program.command('machine').description('the machine, the cores that are used and why, what disturbs'),
  ).action(async (flags) => (await import('./commands/machine.ts')).machineCommand(flags));
}

function addModel(program: Command): void {
  const model = program.command('model').description('models: the zoo, and what is known of any ONNX file');
  const cache = (): Option =>
    new Option('--cache <dir>', 'folder of the models that thinfer makes').env('THINFER_CACHE');
  addCommonFlags(model.command('list').description('list the zoo')).action(async (flags) =>
    (await import('./commands/model.ts')).modelListCommand(flags),
  );
  addCommonFlags(
    model
      .command('show')
      .description('signature, parameters, work of one item')
      .argument('<model>', modelArgument),
  )
    .addOption(repeatable('--dim <name=size>', 'size of a free dimension; repeatable'))
    .option('--batch <n>', 'batch the work is counted at')
    .addOption(cache())
    .action(async (name, flags) => (await import('./commands/model.ts')).modelShowCommand(name, flags));
  addCommonFlags(
    model.command('make').description('make zoo models').argument('<names...>', 'names of the zoo'),
  )
    .addOption(cache())
    .action(async (names, flags) => (await import('./commands/model.ts')).modelMakeCommand(names, flags));
  addModelQuantizeFlags(
    model
      .command('quantize')
      .description('models in lower precisions, whether they run in them, and how far their outputs are off')
      .argument('<model>', modelArgument),
  )
    .addOption(cache())
    .action(async (name, flags) =>
      (await import('./commands/model-quantize.ts')).modelQuantizeCommand(name, flags),
    );
}

function addProfile(program: Command): void {
  const command = program
    .command('profile')
    .description('measure a model over threads × batch')
    .argument('<model>', modelArgument);
  addAdaptiveFlags(addGridFlags(command));
  describeFlag(
    command,
    '--dim',
    'size of a free dimension, or a list: sequence=32,128 measures the grid at each; repeatable',
  );
  command.action(async (name, flags) => (await import('./commands/profile.ts')).profileCommand(name, flags));
}

function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('the best configuration from what was measured')
    .argument(
      '[models...]',
      `${modelArgument}; several share the cores, NAME:items=8,latency=50 gives one its own flags`,
    );
  addLengthFlags(addPlanFlags(command)).action(async (names, flags) =>
    (await import('./commands/plan.ts')).planCommand(names, flags),
  );
}

function addSimulate(program: Command): void {
  const command = program
    .command('simulate')
    .description('hours of traffic over sets of instances, and sets that follow the load, in seconds')
    .argument('[model]', modelArgument);
  addSimulateFlags(command).action(async (name, flags) =>
    (await import('./commands/simulate.ts')).simulateCommand(name, flags),
  );
}

function addTry(program: Command): void {
  const command = program
    .command('try')
    .description('run the best few plans and the baselines for real, until they part')
    .argument('<model>', modelArgument);
  addSettingsFlags(command)
    .option('--config <groups>', 'try this instead of the plan: INSTANCESxTHREADSxBATCH, + between groups')
    .option('--plans <n>', 'how many of the best plans take part', '3')
    .option('--budget <time>', 'no further round beyond, where they do not part before, e.g. 5m', '60s')
    .action(async (name, flags) => (await import('./commands/try.ts')).tryCommand(name, flags));
}

function addTune(program: Command): void {
  const command = program
    .command('tune')
    .description('all in one: profile, plan, try, and a page')
    .argument('<model>', modelArgument);
  addGridFlags(command)
    .option('--grid', 'measure the whole grid, instead of the cells that decide the plan first')
    .option('--plans <n>', 'how many of the best plans are tried', '3')
    .option('--out <file>', outHelp)
    .action(async (name, flags) => (await import('./commands/tune.ts')).tuneCommand(name, flags));
}

function addStudy(program: Command): void {
  const study = program
    .command('study')
    .description('a sweep over models, sizes and settings; or latency over cores, numbers of instances')
    .argument('[file]', 'YAML file of the sweep (docs/studies.md)');
  addSweepFlags(study).action(async (file, flags) =>
    (await import('./commands/study.ts')).studyCommand(file, flags),
  );
  // What stands after `cores` and `instances` is theirs.
  study.enablePositionalOptions();
  addCoresStudyFlags(
    study
      .command('cores')
      .description('latency of one instance over core count, at several sequence lengths or batches')
      .argument('<model>', modelArgument),
  ).action(async (name, flags) => (await import('./commands/study-cores.ts')).studyCoresCommand(name, flags));
  addInstancesStudyFlags(
    study
      .command('instances')
      .description('1, 2, 4, … equal instances that share all cores, run at once')
      .argument('<model>', modelArgument),
  ).action(async (name, flags) =>
    (await import('./commands/study-instances.ts')).studyInstancesCommand(name, flags),
  );
}

function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description(
      'answer requests over the best measured configuration, in the protocols of Triton and TorchServe',
    )
    .argument(
      '[models...]',
      `${modelArgument}; NAME:items=8,config=2x1x4,name=NAME,version=2 gives one its own settings`,
    );
  addServeFlags(command).action(async (names, flags) =>
    (await import('./commands/serve.ts')).serveCommand(names, flags),
  );
}

function addReport(program: Command): void {
  const command = program
    .command('report')
    .description('draw the page from what is stored, or a static site of it and of published tables')
    .argument(
      '[models...]',
      `${modelArgument}; with --site also imported tables, CSV files and folders of them, several; none: all that is stored`,
    );
  addSettingsFlags(command)
    .option('--out <file>', outHelp)
    .option(
      '--serving <file>',
      'with a section of servers compared end to end, from a file such as bench/serve/torchserve.ts writes',
    );
  addSiteFlags(command).action(async (names, flags, self: Command) =>
    flags.site === undefined
      ? (await import('./commands/report.ts')).reportCommand(names, flags)
      : (await import('./commands/report-site.ts')).reportSiteCommand(names, flags, givenFlags(self)),
  );
}

function addLoad(program: Command): void {
  const command = program
    .command('load')
    .description('send requests to a server and measure its answers')
    .argument('<url>', 'the server, such as http://127.0.0.1:8000; with --in-process a model');
  addLoadFlags(command).action(async (url, flags) =>
    (await import('./commands/load.ts')).loadCommand(url, flags),
  );
  command.enablePositionalOptions();
  addLoadMergeFlags(
    command
      .command('merge')
      .description('the records of several generators that drove one run, as one')
      .argument('<files...>', 'CSV files of thinfer load --out FILE.csv'),
  ).action(async (files, flags) => (await import('./commands/load-merge.ts')).loadMergeCommand(files, flags));
}

function addImport(program: Command): void {
  const command = program
    .command('import')
    .description(
      'read published tables (CSV) of latencies or of results, or a bundle of `thinfer export`, and store them',
    )
    .argument('[files...]', 'CSV files, as docs/tables.md describes them; or one bundle');
  addCommonFlags(command)
    .option('--name <name>', "the table's name; default: the file's, without .csv")
    .addOption(repeatable('--where <column=value,...>', 'take only these series; repeatable'))
    .option('--dry-run', 'only check, store nothing')
    .option('--list', 'list the tables that are stored')
    .option('--remove <name>', 'remove a stored table')
    .action(async (files, flags) => (await import('./commands/import.ts')).importCommand(files, flags));
}

function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('write what is stored, with all raw samples, into one file that `thinfer import` reads')
    .argument('[names...]', 'only of these models and imported tables; default: everything');
  addCommonFlags(command)
    .option('--out <file>', 'the bundle; default: bundles/NAMES.jsonl.gz in the project folder')
    .action(async (names, flags) => (await import('./commands/export.ts')).exportCommand(names, flags));
}

function addCompare(program: Command): void {
  const side =
    'a project folder, a bundle, a CSV file or an imported table; SOURCE:COLUMN=VALUE,… takes some of its cells, :COLUMN=VALUE,… those of --project';
  const command = program
    .command('compare')
    .description('two runs, machines, versions or settings over a whole grid, with a verdict')
    .argument('<a>', `what it was: ${side}`)
    .argument('<b>', 'what it is now: likewise');
  addCompareFlags(command).action(async (a, b, flags) =>
    (await import('./commands/compare.ts')).compareCommand(a, b, flags),
  );
}

function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('what in tables and measured points can not be, or hardly can')
    .argument('[names...]', 'CSV files or imported tables; without any, all that the project folder has');
  addCommonFlags(command)
    .addOption(repeatable('--rule <name,...>', 'only these rules; repeatable'))
    .option('--points', 'only the measured points of the project folder, or these beside the named tables')
    .option('--notes', 'show notes, too: what rounding or noise may explain')
    .option('--rules', 'list the rules')
    .action(async (names, flags) => (await import('./commands/check.ts')).checkCommand(names, flags));
}
