import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ThinferError } from '../../errors.ts';
import { Refusal } from '../refusal.ts';
import { expectedMsKey, statusOf } from './status.ts';
import { grpcStatus } from './transport/index.ts';

test('a refusal says when to expect an answer', () => {
  const { code, details, trailers } = statusOf(new Refusal('overloaded', 'full', { expectedMs: 12.1 }));
  assert.equal(code, grpcStatus.RESOURCE_EXHAUSTED);
  assert.equal(details, 'full');
  assert.equal(trailers[expectedMsKey], '13');
});

test('details can always be sent', () => {
  const { details } = statusOf(
    new ThinferError('request-invalid', `\ud800${'😀'.repeat(2000)}`, { remedy: 'x' }),
  );
  assert.ok(details.length <= 1000);
  encodeURI(details);
});
