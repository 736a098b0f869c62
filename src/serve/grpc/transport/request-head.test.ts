import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpRefusal, readHead } from './request-head.ts';
import { grpcStatus } from './status-code.ts';

test('what is no call of gRPC is refused by HTTP', () => {
  const refusal = (type?: string, method = 'POST') =>
    httpRefusal({ ':method': method, ...(type === undefined ? {} : { 'content-type': type }) });
  for (const type of ['application/grpc', 'application/grpc+proto', 'application/grpc;charset=utf-8'])
    assert.equal(refusal(type), null);
  for (const type of [undefined, '', 'application/json', 'application/grpc-web', 'application/grpcx'])
    assert.equal(refusal(type), 415);
  assert.equal(refusal('application/grpc', 'GET'), 405);
});

test('deadlines in every unit', () => {
  const timeoutOf = (timeout: string) => readHead({ 'grpc-timeout': timeout });
  const units = [['1H', 3_600_000], ['2M', 120_000], ['3S', 3000], ['4m', 4], ['500u', 0.5], ['0n', 0]] as const; // biome-ignore format: a table
  for (const [text, timeoutMs] of units) assert.deepEqual(timeoutOf(text), { coding: 'identity', timeoutMs });
  for (const text of ['', 'x', '1', '-1S', '123456789S', '1.5S', '1s', ' 1S'])
    assert.equal((timeoutOf(text) as { code: number }).code, grpcStatus.INVALID_ARGUMENT, text);
});

test('an encoding that is not known is unimplemented, and those that are, are named', () => {
  assert.deepEqual(readHead({ 'grpc-encoding': 'gzip' }), { coding: 'gzip', timeoutMs: null });
  assert.deepEqual(readHead({}), { coding: 'identity', timeoutMs: null });
  assert.deepEqual(readHead({ 'grpc-encoding': 'br' }), {
    code: grpcStatus.UNIMPLEMENTED,
    details: "the message encoding 'br' is unknown",
    trailers: { 'grpc-accept-encoding': 'identity,deflate,gzip' },
  });
});
