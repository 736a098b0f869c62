import type { ModelView, ServeCore } from '../types.ts';
import { watchGrpcAnswers } from './answers.ts';
import { watchConnections } from './connections.ts';
import { EventLoopMeter } from './event-loop.ts';
import { MemoryReader } from './memory-reader.ts';
import { ModelTrack } from './model-track.ts';

/** Curves have a point for each. */
export const tickMs = 1000;

/** Looks at a server once a second, and keeps the last ten minutes. Ends by itself when the server drains. */
export class Monitor {
  readonly core: ServeCore;
  readonly eventLoop = new EventLoopMeter();
  readonly memory = new MemoryReader();
  /** Number of the last look; -1: there was none. */
  tick = -1;
  private tracks = new Map<ModelView, ModelTrack>();
  private readonly timer: NodeJS.Timeout;

  constructor(core: ServeCore) {
    this.core = core;
    watchConnections();
    watchGrpcAnswers();
    this.timer = setInterval(() => this.look(), tickMs).unref();
  }

  /** What is kept of a version; undefined where it was loaded since the last look. */
  track(model: ModelView): ModelTrack | undefined {
    return this.tracks.get(model);
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.timer);
    this.eventLoop.close();
  }

  private look(): void {
    if (this.core.state === 'draining') {
      this.close();
      return;
    }
    this.tick++;
    this.eventLoop.view();
    // What is unloaded, or loaded anew, is forgotten.
    this.tracks = new Map(
      this.core.models.map((model) => [model, this.tracks.get(model) ?? new ModelTrack(model)]),
    );
    for (const track of this.tracks.values()) track.tick(this.tick);
  }
}
