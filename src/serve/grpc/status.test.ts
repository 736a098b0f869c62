import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { ThinferError } from '../../errors.ts';
import { Refusal } from '../refusal.ts';
import { expectedMsKey, statusOf } from './status.ts';

test('a refusal says when to expect an answer', () => {
  const { code, details, metadata } = statusOf(new Refusal('overloaded', 'full', { expectedMs: 12.1 }));
  assert.equal(code, status.RESOURCE_EXHAUSTED);
  assert.equal(details, 'full');
  assert.deepEqual(metadata.get(expectedMsKey), ['13']);
});

test('details can always be sent', () => {
  const { details } = statusOf(
    new ThinferError('request-invalid', `\ud800${'😀'.repeat(2000)}`, { remedy: 'x' }),
  );
  assert.ok(details.length <= 1000);
  encodeURI(details);
});
