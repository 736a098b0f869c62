import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ThinferError } from '../../errors.ts';
import { Refusal } from '../refusal.ts';
import { HttpProblem } from './http-problem.ts';
import { requestId } from './request-id.ts';
import { answerOf } from './status.ts';

test('refusals say when to come back', () => {
  assert.deepEqual(answerOf(new Refusal('overloaded', 'full', { expectedMs: 1200.5 })), {
    status: 503,
    message: 'full',
    headers: ['Retry-After', '2', 'x-thinfer-expected-ms', '1201'],
  });
  assert.deepEqual(answerOf(new Refusal('late', 'late', { expectedMs: 3 })).headers, [
    'Retry-After',
    '1',
    'x-thinfer-expected-ms',
    '3',
  ]);
  assert.deepEqual(answerOf(new ThinferError('unavailable', 'starting')).headers, ['Retry-After', '1']);
});

test('a bug does not tell its insides', () => {
  const answer = answerOf(ThinferError.from(new TypeError('x of undefined at /home/me/file.ts:3')));
  assert.deepEqual(answer, { status: 500, message: 'internal error', headers: [] });
});

test('an HTTP problem has its own status and headers', () => {
  const problem = new HttpProblem(415, 'request-invalid', 'no', ['Accept-Encoding', 'gzip']);
  assert.deepEqual(answerOf(problem), { status: 415, message: 'no', headers: ['Accept-Encoding', 'gzip'] });
});

test('a request id is the client’s where it is well-formed', () => {
  assert.equal(requestId('a-B_9.c:1'), 'a-B_9.c:1');
  for (const wrong of ['', 'a b', 'a\u00e9', 'x'.repeat(129), '<a>', undefined, ['a', 'b']])
    assert.match(requestId(wrong), /^[0-9a-f]{12}-\d+$/);
  assert.notEqual(requestId(undefined), requestId(undefined));
});
