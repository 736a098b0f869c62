import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** Sends spans on; tells when that stops to work, and when it works again, and not of every batch in between. */
export class ToldOnceExporter implements SpanExporter {
  private readonly inner: SpanExporter;
  private readonly tell: (error: Error | null) => void;
  private works = true;

  /** @param tell Gets what is wrong, or null when spans are delivered again. */
  constructor(inner: SpanExporter, tell: (error: Error | null) => void) {
    this.inner = inner;
    this.tell = tell;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.inner.export(spans, (result) => {
      const works = result.code === ExportResultCode.SUCCESS;
      if (works !== this.works) this.tell(works ? null : (result.error ?? new Error('no reason was given')));
      this.works = works;
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.inner.forceFlush?.();
  }
}
