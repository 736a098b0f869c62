import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Doorkeeper } from '../doorkeeper.ts';
import { GRPCInferenceService } from '../generated/grpc_service_pb.ts';
import { Health } from '../generated/health_pb.ts';
import { accessOf, authorise } from './access.ts';

const infer = '/inference.GRPCInferenceService/ModelInfer';
const load = '/inference.GRPCInferenceService/RepositoryModelLoad';

test('every method of the services has a class', () => {
  for (const service of [GRPCInferenceService, Health])
    for (const { name } of service.methods)
      assert.notEqual(accessOf(`/${service.typeName}/${name}`), undefined, name);
});

test('without tokens, inference is open and management closed', () => {
  const keeper = new Doorkeeper({});
  authorise(keeper, infer, undefined);
  assert.throws(() => authorise(keeper, load, 'Bearer anything'), { code: 'denied', token: 'another' });
});

test('tokens open their class, and the management token both', () => {
  const keeper = new Doorkeeper({ inference: ['i', 'j'], management: ['m'] });
  for (const token of ['i', 'j', 'm']) authorise(keeper, infer, `Bearer ${token}`);
  authorise(keeper, load, 'bearer  m');
  authorise(keeper, '/grpc.health.v1.Health/Check', undefined);
  assert.throws(() => authorise(keeper, load, 'Bearer i'), { code: 'denied', token: 'another' });
  assert.throws(() => authorise(keeper, infer, 'Bearer k'), { code: 'denied', token: 'another' });
  assert.throws(() => authorise(keeper, infer, undefined), { code: 'denied', token: 'none' });
  assert.throws(() => authorise(keeper, infer, 'Basic aTpq'), { code: 'denied', token: 'none' });
});

test('what is not in the table is denied to every token', () => {
  const keeper = new Doorkeeper({ management: ['m'] });
  for (const path of ['/inference.GRPCInferenceService/Nope', '/', '', 'constructor', '__proto__'])
    assert.throws(() => authorise(keeper, path, 'Bearer m'), { code: 'denied' });
});
