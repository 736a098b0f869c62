/** A process that speaks the instance protocol well up to a point, and then does what its first word says. */
import { spawn } from 'node:child_process';
import { closeSync, readSync, writeSync } from 'node:fs';
import type { ToParent } from '../../src/instance/messages.ts';
import {
  decodeHeader,
  encodeFrame,
  encodeMessage,
  type Frame,
  headerBytes,
  protocolVersion,
} from '../../src/instance/protocol.ts';

const how = process.argv[2] ?? '';
const controlFd = 3;

const send = (bytes: Uint8Array): number => writeSync(controlFd, bytes);
const say = (sequence: number, message: ToParent): number => send(encodeMessage(sequence, message));
const sayText = (sequence: number, text: string): number =>
  send(encodeFrame({ kind: 'json', sequence, payload: Buffer.from(text) }));
const hello: ToParent = { type: 'hello', protocol: protocolVersion, pid: process.pid };
const loaded: ToParent = {
  type: 'loaded',
  engine: { name: 'strange', version: '0' },
  signature: { inputs: [], outputs: [] },
  memoryPolicy: 'default',
  loadMs: 0,
};

/** The next request, or the end of this process when the parent has hung up. */
function next(): Frame {
  const header = Buffer.alloc(headerBytes);
  if (readSync(controlFd, header) === 0) process.exit(0);
  const { frame, payloadBytes } = decodeHeader(header);
  const payload = Buffer.alloc(payloadBytes);
  if (payloadBytes > 0) readSync(controlFd, payload);
  return { ...frame, payload };
}

function stay(): never {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function withHeader(change: (bytes: Buffer) => void): Buffer {
  const bytes = encodeMessage(0, hello);
  change(bytes);
  return bytes;
}

/** Greets, loads and binds as it should; gives the request to run. */
function untilRun(): Frame {
  say(0, hello);
  say(next().sequence, loaded);
  say(next().sequence, { type: 'bound', outputs: null });
  return next();
}

const deeds: Readonly<Record<string, () => void>> = {
  silence: stay,
  garbage: () => send(Buffer.from('Segmentation fault (core dumped), and other texts that nobody asked for')),
  'frame of another version': () => send(withHeader((bytes) => bytes.writeUInt8(9, 4))),
  'frame of unknown kind': () => send(withHeader((bytes) => bytes.writeUInt8(7, 5))),
  'endless frame': () => send(withHeader((bytes) => bytes.writeUInt32LE(0xf000_0000, 8))),
  'another protocol': () => say(0, { ...hello, protocol: 99 }),
  'greets twice': () => say(0, hello) && say(0, hello),
  'wrong sequence': () => say(0, hello) && say(next().sequence + 1, loaded),
  'wrong answer': () => say(0, hello) && say(next().sequence, { type: 'closed' }),
  'no JSON': () => say(0, hello) && sayText(next().sequence, '{"type":'),
  'unknown message': () => say(0, hello) && sayText(next().sequence, '{"type":"greetings"}'),
  'runs unasked': () =>
    say(0, hello) && send(encodeFrame({ kind: 'done', sequence: next().sequence, count: 1 })),
  'unknown code': () => {
    say(0, hello);
    sayText(next().sequence, '{"type":"failed","code":"E_FOREIGN","message":"the licence has run out"}');
    next();
    process.exit(0);
  },
  'hangs up': () => {
    say(0, hello);
    next();
    closeSync(controlFd);
  },
  'no shapes': () => {
    say(0, hello);
    say(next().sequence, loaded);
    say(next().sequence, { type: 'bound', outputs: null });
  },
  'no times': () => send(encodeFrame({ kind: 'done', sequence: untilRun().sequence, count: 1 })),
  'no runs': () => send(encodeFrame({ kind: 'done', sequence: untilRun().sequence, count: 0 })),
  'too many runs': () =>
    send(
      encodeFrame({ kind: 'done', sequence: untilRun().sequence, count: 9, payload: Buffer.alloc(9 * 16) }),
    ),
  'unasked shapes': () =>
    send(encodeFrame({ kind: 'done', sequence: untilRun().sequence, count: 1, payload: Buffer.alloc(32) })),
  'talks over itself': () => {
    const { sequence } = untilRun();
    const done = encodeFrame({ kind: 'done', sequence, count: 1, payload: Buffer.alloc(16) });
    send(Buffer.concat([done, done]));
  },
  dies: () => {
    untilRun();
    process.stdout.write('loading kernels\n');
    process.stderr.write('fatal: illegal instruction in gemm_avx512\n');
    process.exit(7);
  },
  'dies with children': () => {
    untilRun();
    spawn('sleep', ['600'], { stdio: 'inherit' });
    process.stderr.write('fatal: out of luck\n');
    process.exit(9);
  },
  'hangs with children': () => {
    spawn('sleep', ['600'], { stdio: 'inherit' });
    untilRun();
  },
};

deeds[how]!();
stay();
