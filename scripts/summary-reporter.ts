/** A reporter for logs: each failure and skip in full, the slowest tests, and the closing counts. */
import type { TestEvent } from 'node:test/reporters';

export default async function* summaryReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let slowest: { name: string; seconds: number }[] = [];
  for await (const event of events) {
    switch (event.type) {
      case 'test:fail':
        if (failureTypeOf(event.data.details.error) !== 'subtestsFailed')
          yield `\nFAILED ${event.data.file ?? ''} › ${event.data.name}\n${String(event.data.details.error.cause ?? event.data.details.error)}\n`;
        break;
      case 'test:pass':
        if (typeof event.data.skip === 'string') yield `\nskipped: ${event.data.name}: ${event.data.skip}\n`;
        slowest.push({ name: event.data.name, seconds: event.data.details.duration_ms / 1000 });
        slowest = slowest.sort((a, b) => b.seconds - a.seconds).slice(0, 5);
        break;
      case 'test:diagnostic':
        if (event.data.nesting === 0 && /^(tests|pass|fail|skipped|cancelled) /.test(event.data.message))
          yield `\nℹ ${event.data.message}`;
        break;
      default:
    }
  }
  yield `\nslowest: ${slowest.map((test) => `${test.name} ${test.seconds.toFixed(1)} s`).join('; ')}\n`;
}

function failureTypeOf(error: Error): unknown {
  return 'failureType' in error ? error.failureType : undefined;
}
