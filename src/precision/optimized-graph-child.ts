/** Loads a model once and leaves; the process that measures must not have loaded anything. */
import { readFileSync } from 'node:fs';
import type { EngineSettings } from '../engine/index.ts';
import { saveOptimizedGraph } from '../engine/onnxruntime.ts';
import { ThinferError } from '../errors.ts';

const [file, weightsName] = process.argv.slice(2);
try {
  const settings = JSON.parse(readFileSync(0, 'utf8')) as EngineSettings;
  await saveOptimizedGraph(settings, file!, weightsName!);
} catch (thrown) {
  const { code, message, remedy } = ThinferError.from(thrown);
  process.stdout.write(`${JSON.stringify({ code, message, remedy })}\n`);
  process.exitCode = 1;
}
