import { Worker } from 'node:worker_threads';
import { type ErrorCode, ThinferError } from '../../errors.ts';
import { Refusal } from '../refusal.ts';

/** How a pool works. */
export interface ThreadPoolOptions {
  /** The program of a thread: it answers each `ThreadJob` with one `ThreadAnswer`. */
  readonly file: URL;
  /** Most threads; they start when they are first needed. */
  readonly threads: number;
  /** Most jobs that wait; one more is refused. */
  readonly maxWaiting: number;
  /** A job that takes longer is given up, and its thread with it. */
  readonly jobMs: number;
  /** Most memory of a thread's JavaScript heap, in MiB; pictures lie outside of it. */
  readonly heapMiB: number;
}

/** What a thread is sent. */
export interface ThreadJob {
  readonly id: number;
  readonly job: unknown;
}

/** What a thread answers: `value`, or what was wrong. */
export type ThreadAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failed: { code: ErrorCode; message: string; remedy?: string } };

/** A job as it is handed over. */
export interface PreparedJob {
  readonly job: unknown;
  /** Memory in `job` that the thread takes over. */
  readonly transfer: readonly ArrayBuffer[];
}

/** How a job is to be run. */
export interface RunOptions {
  /** Drops the job while it waits; one under way is finished, and its result thrown away. */
  readonly signal?: AbortSignal | undefined;
  /** A part of a request that is under way already: it waits even where no more requests may. */
  readonly admitted?: boolean;
}

interface Task {
  readonly prepare: () => PreparedJob;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ThinferError) => void;
}

interface Thread {
  readonly worker: Worker;
  /** What it works on. */
  task: Task | undefined;
  id: number;
  timer: NodeJS.Timeout | undefined;
  /** It takes no job any more; it counts until it has ended. */
  lost: boolean;
}

/** A bounded number of threads with a bounded queue before them. A thread that dies fails its own job only and is replaced. */
export class ThreadPool {
  private readonly options: ThreadPoolOptions;
  private readonly threads = new Set<Thread>();
  private readonly waiting: Task[] = [];
  private lastId = 0;
  private closed = false;

  constructor(options: ThreadPoolOptions) {
    this.options = options;
  }

  /** Jobs that wait for a thread. */
  get queued(): number {
    return this.waiting.length;
  }

  /**
   * Runs a job. Rejects with what the thread found wrong, `overloaded` where too many wait, `late` where it takes too long, `too-large` where
   * it needs more memory than a thread may have, and `engine-failed` where the thread died.
   *
   * @param prepare Called when a thread is free, so that what waits holds no copies.
   */
  run(prepare: () => PreparedJob, { signal, admitted = false }: RunOptions = {}): Promise<unknown> {
    if (this.closed) return Promise.reject(new Refusal('unavailable', 'The server is closing.'));
    if (signal?.aborted === true) return Promise.reject(cancelled());
    const free = this.free();
    if (free === undefined && !admitted && this.waiting.length >= this.options.maxWaiting) {
      const why = `${this.waiting.length} requests wait to be preprocessed, and no more may.`;
      return Promise.reject(new Refusal('overloaded', why));
    }
    return new Promise((resolve, reject) => {
      const task: Task = { prepare, resolve, reject };
      signal?.addEventListener('abort', () => this.drop(task), { once: true });
      if (free === undefined) this.waiting.push(task);
      else this.give(free, task);
    });
  }

  /** Ends all threads; what waits or runs is refused. */
  async close(): Promise<void> {
    this.closed = true;
    const error = new Refusal('unavailable', 'The server is closing.');
    for (const task of this.waiting.splice(0)) task.reject(error);
    const ending = [...this.threads].map((thread) => {
      this.lose(thread, error);
      return thread.worker.terminate();
    });
    await Promise.all(ending);
  }

  private free(): Thread | undefined {
    for (const thread of this.threads) if (thread.task === undefined && !thread.lost) return thread;
    return this.threads.size < this.options.threads ? this.start() : undefined;
  }

  private start(): Thread {
    const { file, heapMiB } = this.options;
    const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: heapMiB } });
    const thread: Thread = { worker, task: undefined, id: 0, timer: undefined, lost: false };
    this.threads.add(thread);
    worker.unref();
    worker.on('message', (answer: ThreadAnswer) => this.take(thread, answer));
    worker.on('error', (cause) => this.lose(thread, deathOf(cause)));
    worker.on('exit', (status) => {
      this.lose(thread, deathOf(new Error(`it ended with status ${status}`)));
      this.threads.delete(thread);
      this.next();
    });
    return thread;
  }

  private give(thread: Thread, task: Task): void {
    const { jobMs } = this.options;
    thread.task = task;
    thread.id = ++this.lastId;
    thread.worker.ref();
    thread.timer = setTimeout(() => {
      this.lose(thread, new Refusal('late', `Preprocessing took longer than ${jobMs} ms and was given up.`));
      void thread.worker.terminate();
    }, jobMs);
    const { job, transfer } = task.prepare();
    const message: ThreadJob = { id: thread.id, job };
    thread.worker.postMessage(message, transfer);
  }

  private take(thread: Thread, answer: ThreadAnswer): void {
    const { task } = thread;
    if (task === undefined || answer.id !== thread.id) return;
    this.release(thread);
    if ('value' in answer) task.resolve(answer.value);
    else {
      const { code, message, remedy } = answer.failed;
      task.reject(new ThinferError(code, message, remedy === undefined ? {} : { remedy }));
    }
    this.next();
  }

  private release(thread: Thread): void {
    clearTimeout(thread.timer);
    thread.task = undefined;
    thread.worker.unref();
  }

  private lose(thread: Thread, error: ThinferError): void {
    thread.lost = true;
    thread.task?.reject(error);
    this.release(thread);
  }

  private next(): void {
    while (!this.closed && this.waiting.length > 0) {
      const thread = this.free();
      if (thread === undefined) return;
      this.give(thread, this.waiting.shift()!);
    }
  }

  private drop(task: Task): void {
    const at = this.waiting.indexOf(task);
    if (at >= 0) this.waiting.splice(at, 1);
    task.reject(cancelled());
  }
}

function cancelled(): Refusal {
  return new Refusal('unavailable', 'The client left.');
}

function deathOf(cause: unknown): ThinferError {
  const error = cause as NodeJS.ErrnoException;
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new ThinferError(
      'too-large',
      'Preprocessing the request took more memory than a thread may have.',
    );
  return new ThinferError(
    'engine-failed',
    `The thread that preprocessed the request died: ${error.message}.`,
    {
      cause,
    },
  );
}
