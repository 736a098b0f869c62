import type { Serving } from '../serve.ts';
import { framed } from './http-case.ts';
import { HttpDriver } from './http-driver.ts';
import { validCase } from './infer-cases.ts';
import { Random } from './random.ts';

/** Asks a server again and again, over connections of its own, for its health and for an answer that has to be right. */
export class Probe {
  readonly problems: string[] = [];
  rounds = 0;
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(server: Serving) {
    this.done = this.loop(new HttpDriver(Number(new URL(server.http).port)));
  }

  /** Ends it; gives what was wrong. */
  async stop(): Promise<readonly string[]> {
    this.stopped = true;
    await this.done;
    return this.problems;
  }

  private async loop(driver: HttpDriver): Promise<void> {
    const random = new Random(7);
    do {
      const health = framed('health', ['GET', '/v2/health/ready', [], Buffer.alloc(0)], ({ status }) =>
        status === 200 ? null : `not ready: ${status}`,
      );
      for (const made of [health, validCase(random)])
        this.problems.push(...(await driver.run(made)).problems);
      this.rounds++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (!this.stopped);
    driver.close();
  }
}
