import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { MessageReader } from './message-reader.ts';
import type { Coding } from './request-head.ts';
import { type Ending, grpcStatus } from './status-code.ts';

const maxBytes = 300_000;

/** Keeps what it is told. */
class Told {
  readonly messages: Buffer[] = [];
  failure: Ending | null = null;
  readonly over: Promise<void>;
  private done: () => void = () => {};

  constructor() {
    this.over = new Promise((resolve) => {
      this.done = resolve;
    });
  }

  take(message: Buffer): void {
    this.messages.push(message);
  }

  takeEnd(): void {
    this.done();
  }

  fail(why: Ending): void {
    assert.equal(this.failure, null, 'told once');
    this.failure = why;
    this.done();
  }
}

function frame(bytes: Uint8Array, flag = 0, length = bytes.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
}

async function read(pieces: readonly Buffer[], coding: Coding = 'identity'): Promise<Told> {
  const told = new Told();
  const reader = new MessageReader(told, coding, maxBytes);
  for (const piece of pieces) reader.push(piece);
  reader.end();
  await told.over;
  return told;
}

/** The same bytes, cut at some places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, at) => bytes.subarray(at === 0 ? 0 : ends[at - 1]!, end));
}

test('messages come whole and in order, wherever the bytes are cut and however they are packed', async () => {
  const message = fc.record({
    bytes: fc.uint8Array({ maxLength: 200 }),
    packed: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.constantFrom<Coding>('gzip', 'deflate'),
      async (messages, places, coding) => {
        const pack = coding === 'gzip' ? gzipSync : deflateSync;
        const all = messages.map(({ bytes, packed }) => (packed ? frame(pack(bytes), 1) : frame(bytes)));
        const { failure, messages: got } = await read(cut(Buffer.concat(all), places), coding);
        assert.equal(failure, null);
        assert.deepEqual(
          got.map((bytes) => [...bytes]),
          messages.map(({ bytes }) => [...bytes]),
        );
      },
    ),
  );
});

test('a large message in small pieces', async () => {
  const bytes = Buffer.alloc(maxBytes, 'abc');
  const framed = frame(bytes);
  const pieces = Array.from({ length: Math.ceil(framed.length / 999) }, (_, at) =>
    framed.subarray(at * 999, (at + 1) * 999),
  );
  const { messages } = await read(pieces);
  assert.ok(messages.length === 1 && bytes.equals(messages[0]!));
});

test('what is no message ends the call with its reason, and no more is told', async () => {
  const codeOf = async (pieces: readonly Buffer[], coding?: Coding) =>
    (await read(pieces, coding)).failure?.code;
  const { INVALID_ARGUMENT, RESOURCE_EXHAUSTED } = grpcStatus;
  assert.equal(await codeOf([Buffer.of(0, 0)]), INVALID_ARGUMENT);
  assert.equal(await codeOf([frame(Buffer.alloc(9), 0, 10)]), INVALID_ARGUMENT);
  assert.equal(await codeOf([frame(Buffer.alloc(1), 2)]), INVALID_ARGUMENT);
  assert.equal(await codeOf([frame(Buffer.alloc(1), 1)]), INVALID_ARGUMENT);
  assert.equal(await codeOf([frame(Buffer.from('junk'), 1)], 'gzip'), INVALID_ARGUMENT);
  assert.equal(await codeOf([frame(Buffer.alloc(0), 0, 0xffffffff)]), RESOURCE_EXHAUSTED);
  assert.equal(await codeOf([frame(gzipSync(Buffer.alloc(maxBytes + 1)), 1)], 'gzip'), RESOURCE_EXHAUSTED);
});

test('while it is held nothing is told, not even the end', async () => {
  const told = new Told();
  const reader = new MessageReader(told, 'identity', maxBytes);
  reader.hold();
  reader.push(Buffer.concat([frame(Buffer.of(1)), frame(Buffer.of(2)).subarray(0, 3)]));
  reader.push(frame(Buffer.of(2)).subarray(3));
  reader.end();
  assert.deepEqual(told.messages, []);
  reader.release();
  await told.over;
  assert.deepEqual(
    told.messages.map((bytes) => bytes[0]),
    [1, 2],
  );
});

test('a held reader stops within a piece', () => {
  const told = new Told();
  const reader: MessageReader = new MessageReader(
    {
      take: (message) => {
        told.take(message);
        reader.hold();
      },
      takeEnd: () => {},
      fail: () => {},
    },
    'identity',
    maxBytes,
  );
  reader.push(Buffer.concat([1, 2, 3].map((value) => frame(Buffer.of(value)))));
  for (const count of [1, 2, 3]) {
    assert.equal(told.messages.length, count);
    reader.release();
  }
});
