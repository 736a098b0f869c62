import { connect, type Socket } from 'node:net';
import { type HttpAnswer, HttpAnswers } from './http-answers.ts';
import type { HttpCase } from './http-case.ts';
import type { Problem } from './judge.ts';

/** How a case went. */
export interface CaseOutcome {
  readonly problems: readonly string[];
  /** Statuses of its answers. */
  readonly statuses: readonly number[];
}

/** A case that is neither answered nor closed by then hangs. Longer than any limit of the server under fuzz. */
const hangMs = 30_000;

/** Sends cases one after the other, over one connection for as long as the server keeps it. */
export class HttpDriver {
  private readonly port: number;
  private socket: Socket | null = null;
  private answers = new HttpAnswers();
  private wake: () => void = () => {};
  private closed = true;
  private connections = 0;

  constructor(port: number) {
    this.port = port;
  }

  /** Connections that it has opened. */
  get opened(): number {
    return this.connections;
  }

  async run(given: HttpCase): Promise<CaseOutcome> {
    if (given.end === 'framed') return this.framed(given);
    await this.open();
    await this.send(given);
    if (given.end === 'leave') {
      this.close();
      return { problems: [], statuses: [] };
    }
    this.socket!.end();
    return this.readAll(given);
  }

  close(): void {
    this.socket?.destroy();
    this.socket = null;
    this.closed = true;
  }

  private async framed(given: HttpCase): Promise<CaseOutcome> {
    const reused = !this.closed;
    if (this.closed) await this.open();
    await this.send(given);
    const problems: string[] = [];
    const statuses: number[] = [];
    for (let index = 0; index < given.answers; index++) {
      const answer = await this.answer(given.bodiless);
      if (typeof answer === 'string') {
        this.close();
        // An idle connection may be closed by the server at the moment it is used; nothing of the request was taken then.
        if (answer === closedWords && reused && index === 0) return this.framed(given);
        return { problems: [...problems, answer], statuses };
      }
      statuses.push(answer.status);
      keep(problems, judged(given, answer, index));
      if (answer.headers.get('connection') === 'close') {
        if (index + 1 < given.answers) problems.push('the connection was closed within a pipeline');
        this.close();
        break;
      }
    }
    return { problems, statuses };
  }

  private async readAll(given: HttpCase): Promise<CaseOutcome> {
    const problems: string[] = [];
    const statuses: number[] = [];
    for (let index = 0; ; index++) {
      const answer = await this.answer(false);
      if (answer === closedWords) break;
      if (typeof answer === 'string') {
        problems.push(answer);
        break;
      }
      statuses.push(answer.status);
      keep(problems, judged(given, answer, index));
    }
    this.close();
    return { problems, statuses };
  }

  private async send({ pieces }: HttpCase): Promise<void> {
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await new Promise((resolve) => setImmediate(resolve));
      this.socket!.write(piece);
    }
  }

  /** The next answer, or what became of it. */
  private async answer(bodiless: boolean): Promise<HttpAnswer | string> {
    const timer = setTimeout(() => this.wake(), hangMs);
    const end = Date.now() + hangMs;
    try {
      for (;;) {
        const answer = this.answers.next(bodiless);
        if (answer !== null) return answer;
        if (this.closed) return this.answers.left === 0 ? closedWords : 'the answer was cut off';
        if (Date.now() >= end) return `no answer within ${hangMs} ms`;
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } catch (error) {
      return (error as Error).message;
    } finally {
      clearTimeout(timer);
    }
  }

  private open(): Promise<void> {
    this.close();
    this.connections++;
    this.closed = false;
    const answers = new HttpAnswers();
    this.answers = answers;
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }, () =>
        resolve(),
      );
      this.socket = socket;
      socket.on('data', (bytes) => {
        answers.push(bytes);
        if (this.socket === socket) this.wake();
      });
      const ended = (): void => {
        if (this.socket !== socket) return;
        this.closed = true;
        this.wake();
      };
      socket.on('end', () => {
        socket.end();
        ended();
      });
      socket.on('close', ended);
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') reject(error);
      });
    });
  }
}

const closedWords = 'closed without an answer';

function judged(given: HttpCase, answer: HttpAnswer, index: number): Problem {
  try {
    return given.judge(answer, index);
  } catch (error) {
    return `the answer can't be read: ${(error as Error).message}`;
  }
}

function keep(problems: string[], problem: Problem): void {
  if (problem !== null) problems.push(problem);
}
