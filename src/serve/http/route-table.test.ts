import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessClass, Method, Route } from './route.ts';
import { RouteTable } from './route-table.ts';

const route = (method: Method, path: string, access: AccessClass = 'inference'): Route => ({
  method,
  path,
  protocol: 'oip',
  access,
  handle: () => {},
});
const table = new RouteTable([
  route('GET', '/'),
  route('GET', '/v2'),
  route('GET', '/v2/models/stats'),
  route('GET', '/v2/models/{model}'),
  route('POST', '/v2/models/{model}/infer'),
  route('GET', '/v2/models/{model}/versions/{version}'),
  route('POST', '/manage', 'management'),
  route('GET', '/both', 'page'),
  route('POST', '/both', 'management'),
]);
const inference = new Set<AccessClass>(['inference', 'page']);
const found = (method: string, url: string, classes: ReadonlySet<AccessClass> = inference) => {
  const lookup = table.find(method, url, classes);
  return lookup.state === 'found' ? [lookup.route.path, ...lookup.values] : lookup.state;
};

test('literal segments and named ones', () => {
  assert.deepEqual(found('GET', '/v2'), ['/v2']);
  assert.deepEqual(found('GET', '/'), ['/']);
  assert.deepEqual(found('GET', '/v2/models/m/versions/3'), [
    '/v2/models/{model}/versions/{version}',
    'm',
    '3',
  ]);
});

test('a literal goes first, and a model of its name is still reached', () => {
  assert.deepEqual(found('GET', '/v2/models/stats'), ['/v2/models/stats']);
  assert.deepEqual(found('POST', '/v2/models/stats/infer'), ['/v2/models/{model}/infer', 'stats']);
});

test('query, slash at the end, scheme and host are not part of the path', () => {
  assert.deepEqual(found('GET', '/v2?a=/b'), ['/v2']);
  assert.deepEqual(found('GET', '/v2/'), ['/v2']);
  assert.deepEqual(found('GET', 'http://host:1/v2/models/m?x'), ['/v2/models/{model}', 'm']);
  assert.equal(found('GET', '*'), 'no-path');
  assert.equal(found('GET', 'http://host'), 'no-path');
  assert.equal(found('GET', ''), 'no-path');
});

test('values are decoded, and what can not be decoded is no path', () => {
  assert.deepEqual(found('GET', '/v2/models/a%2Fb%20c'), ['/v2/models/{model}', 'a/b c']);
  assert.equal(found('GET', '/v2/models/%zz'), 'no-path');
  assert.equal(found('GET', '/v2/models//'), 'no-path');
});

test('HEAD is answered where GET is', () => {
  assert.deepEqual(found('HEAD', '/v2'), ['/v2']);
  assert.equal(found('HEAD', '/v2/models/m/infer'), 'no-method');
});

test('other methods are told which there are', () => {
  const lookup = table.find('DELETE', '/v2', inference);
  assert.deepEqual(lookup, { state: 'no-method', methods: ['GET', 'HEAD'] });
});

test('routes of other classes are not there', () => {
  assert.equal(found('POST', '/manage'), 'no-path');
  assert.deepEqual(found('POST', '/manage', new Set<AccessClass>(['management'])), ['/manage']);
  assert.equal(found('POST', '/both'), 'no-method');
  assert.deepEqual(table.find('POST', '/both', inference), { state: 'no-method', methods: ['GET', 'HEAD'] });
});

test('a route is declared once', () => {
  assert.throws(() => new RouteTable([route('GET', '/a'), route('GET', '/a')]), { code: 'bug' });
});
