/** The making of a model is ended at any moment: nothing of it stays, and nobody else's is touched. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { type Running, startThinfer, thinfer } from './support/command.ts';
import { processTest, type Scratch, until } from './support/process-test.ts';

/** Its 440 MB take seconds to write, and every test here ends it after the first few. */
const large = 'bert-base-uncased';

const cacheOf = ({ folder }: Scratch): string => join(folder, 'cache');
const start = (scratch: Scratch, ...words: string[]): Running =>
  startThinfer(scratch, [...words, '--cache', cacheOf(scratch)]);

/** What lies in the zoo's folder of the cache: models, and temporary folders. */
function folders(scratch: Scratch): string[] {
  const zoo = join(cacheOf(scratch), 'zoo');
  return existsSync(zoo) ? readdirSync(zoo).sort() : [];
}

const making = (scratch: Scratch): string[] => folders(scratch).filter((name) => name.startsWith('.making-'));

/** The temporary folder of a maker, once some of the large model is written. */
async function folderOf({ pid }: Running, scratch: Scratch): Promise<string> {
  return until(`the first bytes of process ${pid}`, () => {
    const folder = making(scratch).find((name) => name.startsWith(`.making-${pid}-`));
    if (folder === undefined) return null;
    const data = join(cacheOf(scratch), 'zoo', folder, `${large}.data`);
    return (statSync(data, { throwIfNoEntry: false })?.size ?? 0) > 0 ? folder : null;
  });
}

describe('making a model', () => {
  for (const [signal, ...words] of [
    ['SIGINT', 'model', 'make', 'tiny', large],
    ['SIGTERM', 'model', 'make', 'tiny', large],
    ['SIGINT', 'profile', large],
    ['SIGINT', 'tune', large],
    ['SIGTERM', 'try', large],
  ] as const)
    processTest(`is ended by ${signal} in \`${words.join(' ')}\`, says so and cleans up`, async (scratch) => {
      const running = start(scratch, ...words);
      await folderOf(running, scratch);
      running.process.kill(signal);
      const { status, stderr } = await running.ended;
      assert.equal(status, 130, stderr);
      assert.match(stderr, /\[interrupted\] bert-base-uncased was being made: nothing of it is kept/);
      assert.deepEqual(
        folders(scratch).map((name) => name.replace(/-v\d+$/, '')),
        words[0] === 'model' ? ['tiny'] : [],
      );
    });

  processTest(
    'that was killed is cleaned up by the next, which leaves living ones alone',
    async (scratch) => {
      const killed = start(scratch, 'model', 'make', large);
      await folderOf(killed, scratch);
      killed.process.kill('SIGKILL');
      await killed.ended;
      const living = start(scratch, 'model', 'make', large);
      const kept = await folderOf(living, scratch);
      living.process.kill('SIGSTOP');
      // Of another machine, lately and long ago.
      const elsewhere = ['5-77-0123456789abcdef-a', '5-77-0123456789abcdef-b'].map((end) => `.making-${end}`);
      for (const name of elsewhere) mkdirSync(join(cacheOf(scratch), 'zoo', name));
      const longAgo = Date.now() / 1000 - 7200;
      utimesSync(join(cacheOf(scratch), 'zoo', elsewhere[1]!), longAgo, longAgo);
      const next = await thinfer(scratch, ['model', 'make', 'tiny', '--cache', cacheOf(scratch)]);
      assert.equal(next.status, 0, next.stderr);
      assert.deepEqual(making(scratch).sort(), [kept, elsewhere[0]!].sort());
      living.process.kill('SIGCONT');
      living.process.kill('SIGINT');
      assert.equal((await living.ended).status, 130);
      assert.deepEqual(making(scratch), [elsewhere[0]]);
    },
  );
});
