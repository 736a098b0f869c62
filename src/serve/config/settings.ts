// Only what is light: every command reads this for its help.
import { defaultServeRules, defaultSupervision } from '../core/supervision.ts';
import { defaultLimits } from '../http/limits.ts';
import {
  bytes,
  choice,
  factor,
  hours,
  type Setting,
  share,
  text,
  time,
  toggle,
  url,
  whole,
  words,
} from './setting.ts';

const port = (fallback: number, help: string): Setting<number> =>
  whole(fallback, [0, 65_535], `${help}; 0: any that is free`);
const count = (fallback: number, help: string): Setting<number> => whole(fallback, [1, 1e9], help);

/**
 * Every setting of the server but its models, by its path in the file. `http.port` is the flag `--http-port` and the variable
 * `THINFER_SERVE_HTTP_PORT`.
 */
export const settings = {
  host: text('127.0.0.1', 'address', 'address that REST and gRPC are bound to'),
  'http.port': port(8000, 'port of REST (OIP v2, TorchServe, KServe v1), the live page and /metrics'),
  'http.allow-origin': words(
    'origins',
    [/^(\*|https?:\/\/[^\s/,]+)$/i, 'an origin such as https://app.example, or *'],
    'origins whose pages may use this server, with commas between; default: its own alone',
  ),
  'http.allow-host': words(
    'names',
    [/^[\w.-]+$/, 'a host name without a port'],
    'names that clients call this server by while it is bound to the loopback address, beside localhost',
  ),
  'grpc.port': port(8001, 'port of gRPC (OIP v2, health, reflection)'),
  'grpc.enabled': toggle(true, 'whether gRPC is spoken'),
  'management.port': port(8002, 'port of what changes models; its token is needed'),
  'management.host': text('127.0.0.1', 'address', 'address that management is bound to'),
  'management.token-file': text(
    '',
    'file',
    'token of management; made where it is missing; default: serve-token in the project folder',
  ),
  'tokens.file': text(
    '',
    'file',
    'tokens of inference, one a line; default: whoever reaches the port may infer',
  ),
  'tls.cert': text('', 'file', 'certificate chain, PEM; with tls.key for all listeners'),
  'tls.key': text('', 'file', 'private key, PEM'),
  'dispatch.policy': choice(
    'eager',
    ['eager', 'packrat'],
    'eager takes what waits; packrat gathers a batch, splits it and waits for the last',
  ),
  'dispatch.max-delay': time(0, 'an idle instance waits so long for a full batch'),
  'dispatch.queue': count(10_000, 'most items that wait, of one model'),
  'dispatch.starvation': time(1000, 'how much later a request counts for each priority below the first'),
  'adapt.enabled': toggle(false, 'whether the set of instances follows the load; --adapt for short'),
  'adapt.strategy': choice(
    'load',
    ['load', 'packrat'],
    'load takes the set with the lowest p99 that is predicted; packrat goes by the depth of the queue',
  ),
  'adapt.interval': time(1000, 'the load is looked at so often'),
  'adapt.standby': toggle(
    true,
    'instances that are in the set no more, and those for much more load, stay loaded where memory holds them',
  ),
  'adapt.reserve': bytes(2 ** 30, 'what they must leave of the memory that can be had'),
  'adapt.margin': share(0.05, 'another set is better when its p99 is predicted to be lower by this share'),
  'adapt.quiet': hours(
    'off',
    'hours, local time, in which a model whose latencies have drifted is profiled again: off, always, 22:30-05:00',
  ),
  'adapt.calm': time(60_000, 'there must be little load for so long before that begins'),
  'drift.after': time(
    60_000,
    'batches that take longer or shorter than the profile says for so long are told of',
  ),
  'limits.items': count(defaultServeRules.mostItems, 'items of one request'),
  'limits.body': bytes(defaultLimits.bodyBytes, 'a request’s body, and a gRPC message'),
  'limits.inflated': bytes(defaultLimits.inflatedBytes, 'a compressed body when it is inflated'),
  'limits.held': bytes(defaultLimits.heldBytes, 'all bodies at once'),
  'limits.json': bytes(defaultLimits.jsonBytes, 'JSON of a request'),
  'limits.json-depth': count(defaultLimits.jsonDepth, 'arrays and objects in each other'),
  'limits.header': bytes(defaultLimits.headerBytes, 'a request’s line and headers'),
  'limits.connections': count(defaultLimits.connections, 'connections of one listener'),
  'limits.headers-time': time(defaultLimits.headersTimeoutMs, 'until the headers must have come'),
  'limits.request-time': time(defaultLimits.requestTimeoutMs, 'until a whole request must have come'),
  'limits.idle-time': time(defaultLimits.idleTimeoutMs, 'an idle connection is kept so long'),
  'limits.response-time': time(
    defaultLimits.responseTimeoutMs,
    'a client that reads nothing for so long is cut off',
  ),
  'drain.window': time(0, 'so long readiness is false before new requests are refused; for load balancers'),
  'drain.grace': time(30_000, 'so long requests that were taken may take'),
  'supervision.back-off': time(
    defaultSupervision.backOffMs,
    'before the first restart of an instance; doubles',
  ),
  'supervision.most-back-off': time(defaultSupervision.mostBackOffMs, 'between two restarts at the most'),
  'supervision.patience': time(
    defaultServeRules.patienceMs,
    'where no instance of a model lives, requests wait so long for one',
  ),
  'supervision.hang-factor': factor(
    defaultServeRules.hangFactor,
    1,
    'a run hangs that takes so many times what is expected',
  ),
  'supervision.hang-grace': time(defaultServeRules.hangGraceMs, 'and so much longer'),
  'supervision.leak-factor': factor(
    defaultSupervision.leakFactor,
    1,
    'an instance leaks that takes so many times its first memory',
  ),
  'supervision.leak-size': bytes(defaultSupervision.leakBytes, 'and so much more'),
  'shared-memory': toggle(false, 'whether clients may name shared memory of this machine'),
  'log.level': choice('info', ['debug', 'info', 'warn', 'error', 'silent'], 'what is logged'),
  'log.requests': toggle(false, 'a line for each request'),
  'log.slow': time(1000, 'requests that take longer, and those that fail, are logged at level debug'),
  'traces.endpoint': url(
    'OTLP over HTTP, where traces are sent to: http://127.0.0.1:4318/v1/traces; default: none are made',
  ),
  'traces.sample': share(
    0.01,
    'share of requests that are traced; those whose client says so always are, or never',
  ),
  'preprocess.threads': whole(1, [0, 64], 'threads that decode pictures and text; 0: raw tensors only'),
} as const satisfies Record<string, Setting<unknown>>;

/** The path of a setting. */
export type SettingPath = keyof typeof settings;

/** All settings, checked. */
export type Settings = { readonly [P in SettingPath]: ReturnType<(typeof settings)[P]['parse']> };

/** Names of a setting outside the file. */
export const flagOf = (path: string): string => `--${path.replaceAll('.', '-')}`;
export const variableOf = (path: string): string =>
  `THINFER_SERVE_${path.replaceAll(/[.-]/g, '_').toUpperCase()}`;
