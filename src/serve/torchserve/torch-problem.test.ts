import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ThinferError } from '../../errors.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { Refusal } from '../refusal.ts';
import { torchErrorOf } from './torch-problem.ts';

const shown = (thrown: unknown): unknown[] => {
  const { status, body } = torchErrorOf(thrown);
  assert.equal(body.code, status);
  return [status, body.type];
};

test('errors have the names and statuses of TorchServe', () => {
  assert.deepEqual(shown(new ThinferError('request-invalid', 'x')), [400, 'BadRequestException']);
  assert.deepEqual(shown(new Refusal('overloaded', 'x')), [503, 'ServiceUnavailableException']);
  assert.deepEqual(shown(new Refusal('late', 'x')), [503, 'ServiceUnavailableException']);
  assert.deepEqual(shown(new ThinferError('engine-failed', 'x')), [500, 'InternalServerException']);
  assert.deepEqual(shown(new ThinferError('out-of-memory', 'x')), [507, 'InternalServerException']);
  assert.deepEqual(shown(new HttpProblem(405, 'request-invalid', 'x')), [405, 'MethodNotAllowedException']);
  assert.deepEqual(shown(new ThinferError('too-large', 'x')), [413, 'BadRequestException']);
});

test('the words of a bug stay inside', () => {
  assert.equal(torchErrorOf(new TypeError('secret path')).body.message, 'internal error');
});

test('a refusal says when to come back', () => {
  assert.ok(torchErrorOf(new Refusal('late', 'x', { expectedMs: 2500 })).headers.includes('3'));
});
