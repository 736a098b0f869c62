import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorityOf, parseOrigin } from './origin.ts';

describe('parseOrigin', () => {
  it('reads URLs with and without a scheme', () => {
    assert.deepEqual(parseOrigin('http://127.0.0.1:8000/'), {
      host: '127.0.0.1',
      port: 8000,
      secure: false,
      prefix: '',
      url: 'http://127.0.0.1:8000/',
    });
    assert.equal(parseOrigin('localhost:8001').port, 8001);
    assert.equal(parseOrigin('https://a.example/x/').prefix, '/x');
    assert.equal(parseOrigin('https://a.example').port, 443);
    assert.equal(parseOrigin('grpc://[::1]:8001').host, '::1');
    assert.equal(authorityOf(parseOrigin('grpc://[::1]:8001')), '[::1]:8001');
  });

  it('refuses what is none', () => {
    for (const url of [
      '',
      'ftp://a',
      'http://',
      'http://a:99999',
      'http://u:p@a',
      'http://a/?q',
      'http://a:0',
      'a b',
    ])
      assert.throws(() => parseOrigin(url), { code: 'usage' }, url);
  });
});
