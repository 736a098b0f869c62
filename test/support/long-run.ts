/** A parent in the middle of a run that does not end: prints its instance's process id, then ends as it is told. */
import { Instance } from '../../src/instance/index.ts';
import { readMachine } from '../../src/machine/index.ts';
import { resolveInputs } from '../../src/model/index.ts';
import { openTiny, settingsFor, tinyOutput } from './tiny.ts';

const model = await openTiny();
const settings = settingsFor(model, 'null:delay=600000');
const instance = await Instance.start({ settings, cpus: readMachine().usable.slice(0, 1) });
await instance.bind(resolveInputs(model, { batch: 1 }), [tinyOutput(1)]);
const run = instance.run({ hangMs: 3_600_000 });
process.stdout.write(`${instance.pid}\n`);

switch (process.argv[2]) {
  case 'exception':
    setTimeout(() => {
      throw new Error('nobody catches this');
    }, 50);
    break;
  case 'rejection':
    setTimeout(() => void Promise.reject(new Error('nobody handles this')), 50);
    break;
  case 'exit':
    setTimeout(() => process.exit(5), 50);
    break;
  case 'abort':
    setTimeout(() => process.abort(), 50);
    break;
  default:
}
await run;
