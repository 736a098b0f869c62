/**
 * Our zoo against PyTorch's exports of the same architectures: `node bench/models/compare-exports.ts [--threads 1] [--rounds 61]
 * [--no-timing] [MODEL…]`. Per model: whether ONNX Runtime runs the same operators in the same numbers, how far the outputs are from PyTorch's with
 * the same weights, and the ratio of run times (ours / export) with its 95 % interval. Needs a Python with torch; says so where there is none.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { InferenceSession } from 'onnxruntime-node';
import { compare, saveResult, timed } from '../support.ts';
import {
  comparedModels,
  findTorchPython,
  type ModelPair,
  makePair,
  optimizedOperators,
  outputDifference,
  tensorsOf,
} from './exports.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '61' },
    'no-timing': { type: 'boolean', default: false },
  },
});

interface Row {
  readonly model: string;
  readonly sameOperators: boolean;
  readonly operators: Readonly<Record<string, number>>;
  readonly outputDifference: number;
  readonly exportDifference: number;
  readonly largestOutput: number;
  readonly speed?: Awaited<ReturnType<typeof compare>>;
}

async function compareModel(python: string, name: string, folder: string): Promise<Row> {
  const pair = await makePair(python, name, folder);
  const [ours, exported] = await Promise.all([
    outputDifference(pair.ours, pair.samples),
    outputDifference(pair.exported, pair.samples),
  ]);
  const speed = values['no-timing'] ? {} : { speed: await compareSpeed(pair) };
  return {
    model: name,
    ...(await compareOperators(pair, folder)),
    outputDifference: ours.difference,
    exportDifference: exported.difference,
    largestOutput: ours.largest,
    ...speed,
  };
}

async function compareOperators(
  pair: ModelPair,
  folder: string,
): Promise<{ sameOperators: boolean; operators: Record<string, number> }> {
  let sameOperators = true;
  let operators: Record<string, number> = {};
  for (const level of ['extended', 'all'] as const) {
    operators = await optimizedOperators(pair.ours, level, folder);
    const expected = await optimizedOperators(pair.exported, level, folder);
    if (isDeepStrictEqual(operators, expected)) continue;
    sameOperators = false;
    console.error(`${pair.name}, ${level}:`, { ours: operators, exported: expected });
  }
  return { sameOperators, operators };
}

async function compareSpeed(pair: ModelPair): Promise<Awaited<ReturnType<typeof compare>>> {
  const feeds = await tensorsOf(pair.samples[0]!, 'in.');
  const options = { intraOpNumThreads: Number(values.threads), logSeverityLevel: 3 } as const;
  const [ours, exported] = [
    await InferenceSession.create(pair.ours, options),
    await InferenceSession.create(pair.exported, options),
  ];
  for (const session of [ours, exported, ours, exported]) await session.run(feeds);
  // One run a side and round: what disturbs for a second then disturbs both sides alike.
  const ratio = await compare(
    () => timed(() => ours.run(feeds)),
    () => timed(() => exported.run(feeds)),
    { rounds: Number(values.rounds), runs: 1, warmups: 0 },
  );
  await ours.release();
  await exported.release();
  return ratio;
}

function lineOf(row: Row): string {
  const speed =
    row.speed === undefined
      ? ''
      : ` | ${row.speed.medianA.toFixed(1)} / ${row.speed.medianB.toFixed(1)} ms | ${row.speed.ratio.toFixed(3)} [${row.speed.interval.map((end) => end.toFixed(3)).join(', ')}]`;
  return `| ${row.model} | ${row.sameOperators ? 'same' : 'DIFFERENT'} | ${row.outputDifference.toExponential(1)} (export ${row.exportDifference.toExponential(1)}) of ${row.largestOutput.toFixed(2)}${speed} |`;
}

const python = findTorchPython();
if (python === null) {
  console.log(
    'PyTorch can not be had: no Python with torch, torchvision and transformers in $THINFER_PEERS/torch or ~/.cache/thinfer-peers/torch. Nothing compared.',
  );
} else {
  const rows: Row[] = [];
  console.log(
    '| model | operators | largest difference from PyTorch | ours / export | ratio [95 %] |\n|---|---|---|---|---|',
  );
  for (const name of positionals.length > 0 ? positionals : comparedModels) {
    const folder = await mkdtemp(join(tmpdir(), 'thinfer-exports-'));
    try {
      const row = await compareModel(python, name, folder);
      rows.push(row);
      console.log(lineOf(row));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const isWhole = positionals.length === 0 && !values['no-timing'];
  if (isWhole) saveResult('models-against-exports', { threads: Number(values.threads), rows });
}
