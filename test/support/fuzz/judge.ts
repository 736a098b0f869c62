import type { FuzzModel } from './models.ts';
import {
  type Elements,
  elementsOfJson,
  expectedAnswer,
  type OracleRequest,
  parseExactly,
  split,
} from './oracle.ts';

/** The judgement of an answer: null where it is right, what is wrong otherwise. */
export type Problem = string | null;

/** Judges an answer to an OIP inference over REST that came with 2xx. `request` throws what the oracle can't read. */
export function judgeRestAnswer(
  model: FuzzModel,
  request: () => OracleRequest,
  body: Buffer,
  jsonBytes: string | undefined,
): Problem {
  let asked: OracleRequest;
  let expected: Map<string, Elements>;
  try {
    asked = request();
    expected = expectedAnswer(model, asked);
  } catch (error) {
    return `answered with 2xx, though the request is wrong: ${(error as Error).message}`;
  }
  if (asked.classified) return null;
  const at = jsonBytes === undefined ? body.length : Number(jsonBytes);
  const answer = parseExactly(body.subarray(0, at).toString()) as RestAnswer;
  if (asked.id !== '' && answer.id !== asked.id) return `the id is ${answer.id}, not ${asked.id}`;
  return compareOutputs(expected, readOutputs(answer, body.subarray(at)));
}

interface RestAnswer {
  readonly id?: string;
  readonly outputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly data?: readonly unknown[];
    readonly parameters?: { readonly binary_data_size?: number };
  }[];
}

function readOutputs({ outputs }: RestAnswer, binary: Buffer): Map<string, Elements> {
  let at = 0;
  return new Map(
    outputs.map(({ name, datatype, shape, data, parameters }) => {
      const count = shape.reduce((product, size) => product * size, 1);
      if (data !== undefined) return [name, elementsOfJson(datatype, data, count)];
      const size = parameters!.binary_data_size!;
      at += size;
      return [name, split(datatype, binary.subarray(at - size, at), count)];
    }),
  );
}

/** Compares tensors by name, element by element. */
export function compareOutputs(
  expected: ReadonlyMap<string, Elements>,
  actual: ReadonlyMap<string, Elements>,
): Problem {
  if ([...expected.keys()].join() !== [...actual.keys()].join())
    return `the outputs are ${[...actual.keys()]}, not ${[...expected.keys()]}`;
  for (const [name, elements] of expected) {
    const got = actual.get(name)!;
    const wrong = elements.findIndex((element, at) => !same(element, got[at]));
    if (got.length !== elements.length || wrong >= 0)
      return `output ${name} differs at element ${wrong}: ${got[wrong]?.toString('hex')}, not ${elements[wrong]?.toString('hex')}`;
  }
  return null;
}

/** JSON has one NaN, whatever its bits were. */
function same(expected: Buffer, actual: Buffer | undefined): boolean {
  if (actual === undefined) return false;
  if (expected.equals(actual)) return true;
  return (
    expected.length === 4 &&
    actual.length === 4 &&
    Number.isNaN(expected.readFloatLE()) &&
    Number.isNaN(actual.readFloatLE())
  );
}
