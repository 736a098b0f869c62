import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { BatchFacts, InferTiming } from '../types.ts';
import type { RequestRecord } from './request-record.ts';
import { ToldOnceExporter } from './told-once-exporter.ts';

/** How traces are made and where they go. */
export interface TracingOptions {
  /** OTLP over HTTP, JSON: `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string;
  /** Share of requests without a parent that are traced, 0 to 1. */
  readonly sample: number;
  /** Of this program. */
  readonly version: string;
  /** Told when traces can't be delivered, and with null when they can again. */
  readonly onDelivery: (error: Error | null) => void;
}

/** Spans that wait to be sent; further ones are dropped. */
const mostWaiting = 4096;
/** Serialised at once, between two turns of the event loop. */
const mostAtOnce = 128;
const delayMs = 1000;
/** Until a batch must be delivered, retries included. */
const deliveryMs = 3000;
/** Batches of one request that get spans of their own. */
const mostBatches = 32;

/** Makes spans of requests that are over, and sends them to a collector. */
export class Tracing {
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;
  private readonly propagator = new W3CTraceContextPropagator();

  constructor({ endpoint, sample, version, onDelivery }: TracingOptions) {
    const sender = new OTLPTraceExporter({ url: endpoint, timeoutMillis: deliveryMs });
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'thinfer',
        'service.version': version,
        'process.pid': process.pid,
      }).merge(detectResources({ detectors: [envDetector] })),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sample) }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new ToldOnceExporter(sender, onDelivery),
          maxQueueSize: mostWaiting,
          maxExportBatchSize: mostAtOnce,
          scheduledDelayMillis: delayMs,
          exportTimeoutMillis: deliveryMs + 1000,
        }),
      ],
    });
    this.tracer = this.provider.getTracer('thinfer', version);
  }

  /** Traces a request, if it is sampled: its client's word counts, and the share of `sample` where that says nothing. */
  record(record: RequestRecord): void {
    const { name, id, arrivedMs, ms, inference } = record;
    const parent = this.propagator.extract(ROOT_CONTEXT, record.trace, defaultTextMapGetter);
    const clock = epochClock();
    const attributes = { ...record.attributes, 'thinfer.request.id': id };
    const startTime = clock(arrivedMs);
    const span = this.tracer.startSpan(name, { kind: SpanKind.SERVER, startTime, attributes }, parent);
    if (!span.isRecording()) return;
    if (inference !== null) {
      span.setAttributes({
        'thinfer.model.name': inference.model,
        'thinfer.model.version': inference.version,
      });
      const children = new Children(this.tracer, trace.setSpan(parent, span), clock);
      children.add(inference.timing, { arrivedMs, endedMs: arrivedMs + ms });
    }
    setStatus(span, record);
    span.end(clock(arrivedMs + ms));
  }

  /** Sends what waits, for at most some seconds. */
  async close(): Promise<void> {
    // What can't be delivered was told.
    await this.provider.shutdown().catch(() => {});
  }
}

/** From moments of `performance.now()` to the time of day, by today's offset: that of the start drifts away in weeks. */
function epochClock(): (ms: number) => number {
  const offsetMs = Date.now() - performance.now();
  return (ms) => ms + offsetMs;
}

function setStatus(span: Span, { failed, error }: RequestRecord): void {
  if (!failed) return;
  const message = error === null || error.code === 'bug' ? 'internal error' : error.message.slice(0, 300);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** The parts of an inference, as spans below that of its request. */
class Children {
  private readonly tracer: Tracer;
  private readonly parent: Context;
  private readonly clock: (ms: number) => number;

  constructor(tracer: Tracer, parent: Context, clock: (ms: number) => number) {
    this.tracer = tracer;
    this.parent = parent;
    this.clock = clock;
  }

  add(
    { queueMs, batches }: InferTiming,
    { arrivedMs, endedMs }: { readonly arrivedMs: number; readonly endedMs: number },
  ): void {
    if (batches.length === 0) return;
    const lastCutMs = Math.max(...batches.map(({ startedMs }) => startedMs));
    const takenMs = Math.max(arrivedMs, lastCutMs - queueMs);
    const ranMs = Math.max(...batches.map(({ startedMs, tookMs }) => startedMs + tookMs));
    this.span('receive', arrivedMs, takenMs);
    this.span('queue', takenMs, lastCutMs, { 'thinfer.batches': batches.length });
    for (const batch of batches.slice(0, mostBatches)) this.addBatch(batch);
    this.span('output', ranMs, endedMs);
  }

  private addBatch(batch: BatchFacts): void {
    const { startedMs, inputMs, tookMs } = batch;
    this.span('gather', startedMs, startedMs + inputMs, { 'thinfer.instance.index': batch.instance });
    this.span('run', startedMs + inputMs, startedMs + tookMs, {
      'thinfer.instance.index': batch.instance,
      'thinfer.batch.items': batch.items,
      'thinfer.request.items': batch.ownItems,
      'thinfer.engine.ms': batch.inferMs,
      ...(batch.pid === null ? {} : { 'process.pid': batch.pid }),
      ...(batch.cpus === null ? {} : { 'thinfer.instance.cpus': batch.cpus.join(',') }),
    });
  }

  private span(name: string, fromMs: number, toMs: number, attributes: Attributes = {}): void {
    const startTime = this.clock(fromMs);
    this.tracer
      .startSpan(name, { startTime, attributes }, this.parent)
      .end(this.clock(Math.max(fromMs, toMs)));
  }
}
