import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RandomStream } from '../../model/index.ts';
import { mostRequests } from '../arrivals/most-requests.ts';
import { modelOfMetadata, parseMetadata } from '../requests/remote-model.ts';
import { shapesOf, shapesOfTrace } from '../requests/request-shapes.ts';
import { lengthDimOf } from './length-dim.ts';
import { parseTrace } from './parse-trace.ts';
import { playTrace, traceSchedule } from './play-trace.ts';

const text = 'time_s,items,length\n10.5,1,16\n10.5,2,32\n11,2,32\n12.25,1,16\n';
const trace = parseTrace(text, 't.csv');
const everything = { speed: 1, durationMs: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY };

function problemsOf(csv: string): string {
  try {
    parseTrace(csv, 't.csv');
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail('nothing was thrown');
}

describe('parseTrace', () => {
  it('begins at the first request, whatever the origin and the unit', () => {
    assert.deepEqual([...trace.timesMs], [0, 0, 500, 1750]);
    assert.deepEqual([...trace.items!], [1, 2, 2, 1]);
    assert.deepEqual([...trace.lengths!], [16, 32, 32, 16]);
    const plain = parseTrace('note,time_ms\r\na,-3\r\nb,1e1\r\n', 't.csv');
    assert.deepEqual([[...plain.timesMs], plain.items, plain.lengths], [[0, 13], null, null]);
    assert.deepEqual(plain.ignored, ['note']);
  });

  it('tells all problems at once, by line and column', () => {
    const found = problemsOf('time_s,items,length\n2,0,1.5\n1,-1,4\nsoon,x,\n3,1\n');
    for (const part of [
      'line 2, items: "0"',
      'line 2, length: "1.5"',
      'line 3, time_s: 1 goes back: 2',
      'line 3, items: "-1"',
      'line 4, time_s: "soon" is not a number',
      'line 4, items: "x"',
      'line 4, length: an empty value',
      'line 5: has 2 values',
    ])
      assert.ok(found.includes(part), `${part} is not in\n${found}`);
  });

  it('refuses headers that say nothing, or say it twice, and files without requests', () => {
    assert.match(problemsOf(''), /is empty/);
    assert.match(problemsOf('time_s\n'), /no request/);
    assert.match(problemsOf('timestamp,items\n1,1\n'), /no column time_s or time_ms; "timestamp" is none/);
    assert.match(problemsOf('time_s,time_ms\n1,1\n'), /both there/);
    assert.match(problemsOf('time_s,items,items\n1,1,1\n'), /items: the column is there twice/);
    assert.match(problemsOf(`time_s\n${'1\n'.repeat(1_000_002)}`), /more than the 1000000 requests/);
  });

  it('prints the first twenty problems and counts the rest', () => {
    assert.match(problemsOf(`time_s\n${'x\n'.repeat(30)}`), /… and 10 more$/);
  });
});

describe('playTrace', () => {
  it('plays faster, and leaves out what comes later', () => {
    assert.deepEqual([...playTrace(trace, everything)], [0, 0, 500, 1750]);
    assert.deepEqual([...playTrace(trace, { ...everything, speed: 2 })], [0, 0, 250, 875]);
    assert.deepEqual([...playTrace(trace, { ...everything, speed: 0.5, durationMs: 1000 })], [0, 0]);
    assert.deepEqual([...playTrace(trace, { ...everything, most: 3 })], [0, 0, 500]);
  });

  it('warms up with the beginning, and sends each request as what it is', () => {
    const played = { dueMs: playTrace(trace, everything), payloads: Uint32Array.of(5, 6, 7, 8) };
    const schedule = traceSchedule(played, 600);
    assert.deepEqual([...schedule.dueMs], [0, 0, 500, 600, 600, 1100, 2350]);
    assert.deepEqual([...schedule.payloads], [5, 6, 7, 5, 6, 7, 8]);
    assert.equal(schedule.firstCounted, 3);
    const long = { dueMs: new Float64Array(mostRequests), payloads: new Uint32Array(mostRequests) };
    assert.throws(() => traceSchedule(long, 1), { code: 'usage' });
  });
});

describe('shapesOfTrace', () => {
  const draw = (seed: number, csv: string, items: readonly number[]) => {
    const one = parseTrace(csv, 't.csv');
    const random = new RandomStream(seed, 'test');
    return shapesOfTrace(one, one.timesMs.length, shapesOf({ items, dims: { width: [4] } }), {
      lengthDim: 'sequence',
      random,
    });
  };

  it('has each pair once', () => {
    const { shapes, shapeOf } = draw(1, text, [1]);
    assert.deepEqual(shapes, [
      { items: 1, dims: { width: 4, sequence: 16 } },
      { items: 2, dims: { width: 4, sequence: 32 } },
    ]);
    assert.deepEqual([...shapeOf], [0, 1, 1, 0]);
  });

  it('draws what the file does not tell, the same for the same seed', () => {
    const csv = `time_s\n${'1\n'.repeat(200)}`;
    const { shapes, shapeOf } = draw(1, csv, [1, 8]);
    assert.deepEqual(shapes.map(({ items }) => items).toSorted(), [1, 8]);
    assert.deepEqual(draw(1, csv, [1, 8]).shapeOf, shapeOf);
    assert.notDeepEqual(draw(2, csv, [1, 8]).shapeOf, shapeOf);
  });

  it('refuses more different shapes than inputs are made for', () => {
    const lines = Array.from({ length: 10_001 }, (_, at) => `1,${at + 1}`).join('\n');
    assert.throws(() => draw(1, `time_s,length\n${lines}`, [1]), { code: 'usage' });
  });
});

describe('lengthDimOf', () => {
  const model = (...shapes: number[][]) =>
    modelOfMetadata(
      parseMetadata(
        { name: 'm', inputs: shapes.map((shape, at) => ({ name: `x${at}`, datatype: 'FP32', shape })) },
        'm',
      ),
    );

  it('is the only free one, at the same position of all inputs', () => {
    assert.equal(lengthDimOf(model([-1, -1]), undefined, []), 'x0_dim1');
    assert.equal(lengthDimOf(model([-1, -1], [-1, -1]), undefined, []), 'dim1');
    assert.equal(lengthDimOf(model([-1, -1, -1]), undefined, ['dim2']), 'x0_dim1');
    const named = { ...model([-1, -1, -1]), freeDims: ['sequence', 'width'] };
    assert.equal(lengthDimOf(named, undefined, []), 'sequence');
    assert.equal(lengthDimOf(named, 'width', []), 'width');
  });

  it('says so where it can not be told', () => {
    assert.throws(() => lengthDimOf(model([-1, 3]), undefined, []), /no free dimension/);
    assert.throws(
      () => lengthDimOf(model([-1, -1, -1]), undefined, []),
      /several free dimensions: dim1, dim2/,
    );
    assert.throws(() => lengthDimOf(model([-1, -1]), 'depth', []), /no free dimension "depth"/);
  });
});
