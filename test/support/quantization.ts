import { symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ThinferError } from '../../src/errors.ts';
import { makeFolder } from '../../src/make-folder.ts';
import { pythonEnvironment } from '../../src/precision/index.ts';

/** The Python environment for quantization, or why there is none here. */
export interface QuantizationTools {
  /** What `node:test` skips by. */
  readonly skip: string | false;
  /** Lets a cache folder of a test's own have the environment. */
  readonly lendTo: (cacheDir: string) => void;
}

/**
 * Makes the environment by thinfer's own code, the first time a test needs it (half a minute), in the folder of the other programs that
 * tests install. Throws where it fails for another reason than a missing registry or Python, so that no test is skipped for a mistake of ours.
 */
export async function useQuantization(): Promise<QuantizationTools> {
  const peers = process.env['THINFER_PEERS'] || join(homedir(), '.cache', 'thinfer-peers');
  if (peers === 'off')
    return {
      skip: 'the tools for quantization are not installed, because THINFER_PEERS is off',
      lendTo: () => {},
    };
  const cacheDir = join(peers, 'quantization');
  const lendTo = (folder: string): void => {
    makeFolder(folder);
    symlinkSync(join(cacheDir, 'python'), join(folder, 'python'));
  };
  try {
    await pythonEnvironment({ cacheDir, setup: true });
    return { skip: false, lendTo };
  } catch (thrown) {
    const { code, message } = ThinferError.from(thrown);
    if (code !== 'machine' && code !== 'storage') throw thrown;
    return { skip: `the tools for quantization can't be installed: ${message.split('\n')[0]}`, lendTo };
  }
}
