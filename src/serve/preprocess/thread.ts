/** A preprocessing thread: takes one job at a time and answers it. Started by `ThreadPool`. */
import { parentPort } from 'node:worker_threads';
import { invariant, ThinferError } from '../../errors.ts';
import { confineDecoder } from './decode-image.ts';
import { imageToTensor } from './image-to-tensor.ts';
import type { PreprocessJob } from './jobs.ts';
import { textToTensors } from './text-to-tensors.ts';
import type { ThreadAnswer, ThreadJob } from './thread-pool.ts';

const port = parentPort;
invariant(port !== null, 'A preprocessing thread has a parent.');
confineDecoder();
port.on('message', ({ id, job }: ThreadJob) => void answer(id, job as PreprocessJob));

async function answer(id: number, job: PreprocessJob): Promise<void> {
  try {
    if (job.type === 'image') {
      const value = await imageToTensor(job.bytes, job.work, job.limits);
      reply({ id, value }, [value]);
    } else {
      const value = await textToTensors(job.texts, job.work);
      reply({ id, value }, [value.ids, value.mask, value.types]);
    }
  } catch (thrown) {
    const { code, message, remedy } = ThinferError.from(thrown);
    reply({ id, failed: { code, message, ...(remedy === undefined ? {} : { remedy }) } }, []);
  }
}

function reply(message: ThreadAnswer, transfer: ArrayBuffer[]): void {
  port?.postMessage(message, transfer);
}
