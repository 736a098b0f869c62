import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadlineOf, type ParameterValue, readParameters } from './parameters.ts';

const read = (parameters: Record<string, ParameterValue>, allowed: readonly string[] = []) =>
  readParameters(Object.entries(parameters), allowed);

test('nothing is asked for by default', () => {
  assert.deepEqual(read({}), { timeoutUs: null, priority: 0, binaryOutput: false });
});

test('what is known is read, the rest ignored', () => {
  assert.deepEqual(
    read({
      timeout: 5n,
      priority: 2,
      binary_data_output: true,
      sequence_id: 7,
      sequence_start: true,
      foo: '1',
    }),
    { timeoutUs: 5, priority: 2, binaryOutput: true },
  );
  assert.equal(read({ timeout: 0 }).timeoutUs, null);
});

test('other kinds of values are refused', () => {
  for (const wrong of [{ timeout: 'a' }, { timeout: -1 }, { priority: 1.5 }, { binary_data_output: 1 }])
    assert.throws(() => read(wrong), { code: 'request-invalid' });
});

test('reserved names are refused unless allowed', () => {
  const name = 'triton_enable_empty_final_response';
  assert.throws(() => read({ [name]: true }), { code: 'request-invalid', message: /reserved/ });
  assert.doesNotThrow(() => read({ [name]: true }, [name]));
});

test('the earlier deadline holds', () => {
  assert.equal(deadlineOf(100, null, undefined), null);
  assert.equal(deadlineOf(100, 2000, undefined), 102);
  assert.equal(deadlineOf(100, null, '1.5'), 101.5);
  assert.equal(deadlineOf(100, 2000, '1'), 101);
  assert.equal(deadlineOf(100, 2000, '50'), 102);
});

test('a deadline that is none is refused', () => {
  for (const header of ['', 'soon', '0', '-1', 'Infinity', 'NaN'])
    assert.throws(() => deadlineOf(0, null, header), {
      code: 'request-invalid',
      message: /x-thinfer-deadline-ms/,
    });
});
