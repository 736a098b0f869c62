/** Holds a strategy in a thread of its own: see `adapter.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { FollowLoad, followLoad, followQueue, type Strategy } from '../../adapt/index.ts';
import { runIdle } from '../../machine/index.ts';
import type { Cell } from '../../plan/index.ts';
import type { AdaptSetup, Beat, BeatAnswer, ToStrategy } from './messages.ts';

const { strategy: name, cells: firstCells, cores, margin } = workerData as AdaptSetup;
let loadCpuMs = 0;
let room = 0;
let strategy = strategyOn(firstCells);

runIdle();
parentPort!.on('message', (message: ToStrategy) => {
  switch (message.type) {
    case 'cells':
      strategy = strategyOn(message.cells);
      return;
    case 'beat':
      parentPort!.postMessage(answerTo(message));
  }
});

function strategyOn(cells: readonly Cell[]): Strategy {
  return name === 'load'
    ? followLoad({ cells, cores, margin, loadCpuMs: () => loadCpuMs, standbyRoom: () => room })
    : followQueue({ cells, cores });
}

function answerTo({ arrivals, cuts, question }: Beat): BeatAnswer {
  for (let at = 0; at < arrivals.length; at += 3)
    strategy.arrived(arrivals[at + 1]!, arrivals[at]!, arrivals[at + 2]!);
  for (let at = 0; at < cuts.length; at += 2) strategy.cut(cuts[at + 1]!, cuts[at]!);
  loadCpuMs = question?.loadCpuMs ?? loadCpuMs;
  room = question?.standbyRoom ?? room;
  const proposal = question === null ? null : strategy.check(question);
  const estimate = strategy instanceof FollowLoad && question !== null ? strategy.estimate : null;
  return { proposal, estimate };
}
