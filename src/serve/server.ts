import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { wordsOf } from './config/setting.ts';
import type { Settings } from './config/settings.ts';
import type { Catalogue } from './core/catalogue.ts';
import type { ModelServer } from './core/model-server.ts';
import type { AccessTokens } from './doorkeeper.ts';
import { GrpcServer } from './grpc/index.ts';
import {
  type Answered,
  type HttpLimits,
  HttpListener,
  inferenceClasses,
  managementClasses,
  oipRoutes,
  RouteTable,
} from './http/index.ts';
import { countAnswer, Monitor, metricsRoutes, TorchServeCounts } from './metrics/index.ts';
import { SharedMemory } from './oip/shared-memory.ts';
import { pageRoutes } from './page/index.ts';
import type { Preprocessor } from './preprocess/index.ts';
import { managementToken, readTokens } from './token.ts';
import { torchServeRoutes } from './torchserve/index.ts';
import { observeRequests, type RequestObserver } from './trace/index.ts';

/** What a server is made of. */
export interface ServerOptions {
  readonly core: ModelServer;
  readonly catalogue: Catalogue;
  readonly preprocessor: Preprocessor;
  readonly settings: Settings;
  /** Where the token of management lies, unless the settings name another file. */
  readonly tokenFile: string;
  readonly log: Logger;
}

interface Opened {
  readonly http: HttpListener;
  readonly management: HttpListener;
  readonly grpc: GrpcServer | null;
  /** One for all protocols; null: off. */
  readonly sharedMemory: SharedMemory | null;
  readonly observer: RequestObserver | null;
}

/** The listeners over a server's models, from their opening to their end. */
export class Server {
  readonly httpUrl: string;
  readonly managementUrl: string;
  /** `127.0.0.1:8001`; null where gRPC is off. */
  readonly grpcAddress: string | null;
  readonly tokenFile: string;
  private readonly options: ServerOptions;
  private readonly sharedMemory: SharedMemory | null;
  private readonly observer: RequestObserver | null;
  private readonly listeners: readonly { close(graceMs: number): Promise<void> }[];

  private constructor(
    options: ServerOptions,
    tokenFile: string,
    { http, management, grpc, sharedMemory, observer }: Opened,
  ) {
    this.options = options;
    this.tokenFile = tokenFile;
    this.httpUrl = http.url;
    this.managementUrl = management.url;
    this.grpcAddress = grpc === null ? null : `${options.settings.host}:${grpc.port}`;
    this.sharedMemory = sharedMemory;
    this.observer = observer;
    this.listeners = [http, management, ...(grpc === null ? [] : [grpc])];
  }

  /** Opens all ports; throws where one can't be had, and leaves none open then. */
  static async open(options: ServerOptions): Promise<Server> {
    const { settings, core, log } = options;
    const tokenFile = settings['management.token-file'] || options.tokenFile;
    const tokens = {
      management: [managementToken(tokenFile)],
      ...(settings['tokens.file'] === '' ? {} : { inference: readTokens(settings['tokens.file']) }),
    };
    const tls = readTls(settings);
    const sharedMemory = settings['shared-memory'] ? new SharedMemory() : null;
    const observer = await observeRequests({
      log,
      logRequests: settings['log.requests'],
      slowMs: settings['log.slow'],
      tracesTo: settings['traces.endpoint'],
      sample: settings['traces.sample'],
      version: core.version,
    });
    const routes = routesOf(options, sharedMemory);
    const shared = {
      ...{ core, routes, host: settings.host, tokens, limits: limitsOf(settings) },
      ...(tls === null ? {} : { tls }),
      browsers: {
        allowOrigins: wordsOf(settings['http.allow-origin']),
        allowHosts: wordsOf(settings['http.allow-host']),
      },
      onAnswered: (answered: Answered) => {
        countAnswer(answered);
        observer?.http(answered);
      },
      onBug: (error: Error, id: string) => log.error({ err: error, id }, 'bug'),
    };
    const opened: { close(graceMs: number): Promise<void> }[] = [];
    const open = async <T extends { close(graceMs: number): Promise<void> }>(
      listener: Promise<T>,
    ): Promise<T> => {
      opened.push(await listener);
      return listener;
    };
    try {
      const management = await open(
        HttpListener.open({
          ...shared,
          ...{ host: settings['management.host'], port: settings['management.port'] },
          classes: managementClasses,
        }),
      );
      const grpc = settings['grpc.enabled']
        ? await open(openGrpc(options, { tokens, tls, sharedMemory, observer }))
        : null;
      const http = await open(
        HttpListener.open({ ...shared, classes: inferenceClasses, port: settings['http.port'] }),
      );
      core.state = 'ready';
      return new Server(options, tokenFile, { http, management, grpc, sharedMemory, observer });
    } catch (error) {
      for (const listener of opened) await listener.close(0);
      throw error;
    }
  }

  /** Readiness falls, the window for load balancers passes, what was taken is answered; then everything is gone. */
  async drain(): Promise<void> {
    const { core, settings, preprocessor } = this.options;
    core.announceEnd();
    await new Promise((resolve) => setTimeout(resolve, settings['drain.window']));
    await this.end(settings['drain.grace']);
    await preprocessor.close();
  }

  /** Ends everything within `graceMs`. */
  private async end(graceMs: number): Promise<void> {
    const { core } = this.options;
    const answered = core.close(graceMs);
    await Promise.all([answered, ...this.listeners.map((listener) => listener.close(graceMs))]);
    this.sharedMemory?.unregisterAll();
    await this.observer?.close();
  }
}

function routesOf(
  { catalogue, core, preprocessor, settings, log }: ServerOptions,
  sharedMemory: SharedMemory | null,
): RouteTable {
  const monitor = new Monitor(core);
  const torchServe = new TorchServeCounts();
  return new RouteTable([
    ...oipRoutes({ repository: catalogue, sharedMemory }),
    ...torchServeRoutes({
      core,
      preprocessor,
      manager: catalogue,
      observer: torchServe,
      onBackgroundFailure: (error, what) => log.warn({ code: error.code, what }, error.message),
    }),
    ...metricsRoutes({ monitor, torchServe }),
    ...pageRoutes({ monitor, token: settings['tokens.file'] !== '' }),
  ]);
}

function openGrpc(
  { core, catalogue, settings, log }: ServerOptions,
  {
    tokens,
    tls,
    sharedMemory,
    observer,
  }: {
    readonly tokens: AccessTokens;
    readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
    readonly sharedMemory: SharedMemory | null;
    readonly observer: RequestObserver | null;
  },
): Promise<GrpcServer> {
  return GrpcServer.listen(core, {
    host: settings.host,
    port: settings['grpc.port'],
    tokens,
    maxMessageBytes: settings['limits.body'],
    maxConnections: settings['limits.connections'],
    management: {
      index: () => catalogue.index(),
      load: (model) => catalogue.load(model),
      unload: (model) => catalogue.unload(model),
    },
    ...(sharedMemory === null ? {} : { sharedMemory }),
    ...(tls === null ? {} : { tls: { certificate: tls.cert, key: tls.key } }),
    ...(observer === null ? {} : { onAnswered: observer.grpc }),
    onBug: (error, method, id) => log.error({ err: error, method, id }, 'bug'),
  });
}

function readTls(settings: Settings): { readonly cert: Buffer; readonly key: Buffer } | null {
  if (settings['tls.cert'] === '') return null;
  return { cert: readFileSync(settings['tls.cert']), key: readFileSync(settings['tls.key']) };
}

function limitsOf(settings: Settings): Partial<HttpLimits> {
  return {
    headerBytes: settings['limits.header'],
    bodyBytes: settings['limits.body'],
    inflatedBytes: settings['limits.inflated'],
    heldBytes: settings['limits.held'],
    jsonBytes: settings['limits.json'],
    jsonDepth: settings['limits.json-depth'],
    connections: settings['limits.connections'],
    headersTimeoutMs: settings['limits.headers-time'],
    requestTimeoutMs: settings['limits.request-time'],
    idleTimeoutMs: settings['limits.idle-time'],
    responseTimeoutMs: settings['limits.response-time'],
  };
}
