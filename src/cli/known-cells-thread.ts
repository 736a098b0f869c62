/** Reads what is known of a model beside the thread that serves: see `profile-in-force.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { runIdle } from '../machine/index.ts';
import { StoreReader } from '../store/index.ts';
import { type CellsQuestion, readKnownCells } from './known-cells.ts';

/** What the thread is started with. */
export interface CellsTask {
  readonly question: CellsQuestion;
  /** Project folder. */
  readonly project: string;
}

const { question, project } = workerData as CellsTask;
runIdle();
using store = StoreReader.openToRead(project);
parentPort!.postMessage(readKnownCells(question, store));
