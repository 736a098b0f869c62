/**
 * ONNX Runtime's memory pattern (one planned block for all tensors) on against off, for ResNet-50 on one CPU in
 * time, interleaved. thinfer's instances run with it off, which takes less memory.
 */
import { execFileSync } from 'node:child_process';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readMachine } from '../src/machine/index.ts';
import { defaultCacheDir, openModel } from '../src/model/index.ts';
import { compare, saveResult, timed } from './support.ts';

const [cpu = 0] = readMachine().usable;
execFileSync('taskset', ['-acp', String(cpu), String(process.pid)]);
const model = await openModel({ model: 'resnet50', cacheDir: defaultCacheDir() });

const open = (enableMemPattern: boolean): Promise<InferenceSession> =>
  InferenceSession.create(model.file, {
    enableMemPattern,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { force_spinning_stop: '1' } },
  });

const results: Record<string, object> = {};
for (const batch of [1, 16]) {
  const data = new Float32Array(batch * 3 * 224 * 224).fill(0.5);
  const feeds = { [model.inputs[0]!.name]: new Tensor('float32', data, [batch, 3, 224, 224]) };
  const [off, on] = [await open(false), await open(true)];
  const time = await compare(
    () => timed(() => off.run(feeds)),
    () => timed(() => on.run(feeds)),
    { rounds: batch === 1 ? 40 : 12, runs: batch === 1 ? 5 : 2, warmups: 1 },
  );
  results[`batch${batch}`] = { offOverOn: time };
  console.log(
    `batch ${batch}: time off over on ${time.ratio.toFixed(4)}, 95 % interval ${time.interval.map((x) => x.toFixed(4)).join(' to ')}`,
  );
  await off.release();
  await on.release();
}
saveResult('memory-pattern', results);
