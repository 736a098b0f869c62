/** A reporter for logs: each failure and skip in full, the slowest tests and files, and the closing counts. */
import { basename } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export default async function* summaryReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const tests: Timed[] = [];
  const files: Timed[] = [];
  for await (const event of events) {
    switch (event.type) {
      case 'test:fail':
        if (failureTypeOf(event.data.details.error) !== 'subtestsFailed')
          yield `\nFAILED ${event.data.file ?? ''} › ${event.data.name}\n${String(event.data.details.error.cause ?? event.data.details.error)}\n`;
        break;
      case 'test:pass':
        if (typeof event.data.skip === 'string') yield `\nskipped: ${event.data.name}: ${event.data.skip}\n`;
        tests.push({ name: event.data.name, seconds: event.data.details.duration_ms / 1000 });
        break;
      case 'test:summary':
        if (event.data.file !== undefined)
          files.push({ name: basename(event.data.file), seconds: event.data.duration_ms / 1000 });
        break;
      case 'test:diagnostic':
        if (event.data.nesting === 0 && /^(tests|pass|fail|skipped|cancelled) /.test(event.data.message))
          yield `\nℹ ${event.data.message}`;
        break;
      default:
    }
  }
  yield `\nslowest tests: ${slowest(tests, 8)}\nslowest files: ${slowest(files, 12)}\n`;
}

interface Timed {
  readonly name: string;
  readonly seconds: number;
}

const slowest = (all: readonly Timed[], count: number): string =>
  all
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`)
    .join('; ');

function failureTypeOf(error: Error): unknown {
  return 'failureType' in error ? error.failureType : undefined;
}
