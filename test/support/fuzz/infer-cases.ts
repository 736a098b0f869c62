import { framed, type HttpCase, judgeStatus } from './http-case.ts';
import { judgeRestAnswer } from './judge.ts';
import type { FuzzModel } from './models.ts';
import { mutateBytes, mutateJson } from './mutate.ts';
import { readRestRequest } from './oracle.ts';
import type { Random } from './random.ts';
import { bodyOf, type RestBody, type RestRequest, validRequest } from './rest-request.ts';

/** A valid request, judged by its answer alone: anything but 200 is wrong. */
export function validCase(random: Random): HttpCase {
  const request = validRequest(random);
  const made = inferCase('valid', request.model, bodyOf(request));
  return {
    ...made,
    judge: (answer, index) =>
      answer.status === 200
        ? made.judge(answer, index)
        : `a valid request got ${answer.status}: ${answer.body}`,
  };
}

/** A valid request with a JSON that was changed. */
export function mutatedJsonCase(random: Random): HttpCase {
  const request = validRequest(random);
  mutateJson(random, request.json);
  return inferCase('mutated-json', request.model, bodyOf(request));
}

/** A valid request whose bytes were changed. */
export function mutatedBytesCase(random: Random): HttpCase {
  const request = validRequest(random);
  const sent = bodyOf(request);
  return inferCase('mutated-bytes', request.model, { ...sent, body: mutateBytes(random, sent.body) });
}

/** Headers that lie about the body: its JSON's length, its coding. */
export function lyingHeadersCase(random: Random): HttpCase {
  const request = validRequest(random);
  const sent = bodyOf(request);
  const jsonBytes = random.pick([
    ...[undefined, '0', '1', '-1', '1e1', '0x10', '00', ' 5 ', 'NaN', '9'.repeat(30), String(2 ** 53)],
    ...[String(sent.body.length), String(sent.body.length + 1), String(Number(sent.jsonBytes ?? 9) - 1), ''],
  ]);
  const coding = random.chance(0.3)
    ? random.pick(['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'x', 'identity'])
    : sent.coding;
  return inferCase('lying-headers', request.model, { ...sent, jsonBytes, coding });
}

/** Bytes without any sense. */
export function randomBodyCase(random: Random): HttpCase {
  const { model }: RestRequest = validRequest(random);
  const jsonBytes = random.pick([undefined, '0', '2', '10']);
  const body = random.bytes(random.between(0, 300));
  return inferCase('random-body', model, { body, jsonBytes, coding: undefined });
}

const ignoredCodings = ['', 'identity'];

/** An inference, whatever its body is; an answer with 2xx must be the one that the oracle has. */
function inferCase(family: string, model: FuzzModel, sent: RestBody): HttpCase {
  const { body, jsonBytes, coding } = sent;
  const headers = [
    ...(jsonBytes === undefined ? [] : [`Inference-Header-Content-Length: ${jsonBytes}`]),
    ...(coding === undefined ? [] : [`Content-Encoding: ${coding}`]),
  ];
  return framed(family, ['POST', `/v2/models/${model.name}/infer`, headers, body], (answer) => {
    if (answer.status < 200 || answer.status >= 300) return judgeStatus(answer);
    const read = {
      jsonBytes: jsonBytes?.trim(),
      coding: ignoredCodings.includes(coding ?? '') ? undefined : coding,
    };
    return judgeRestAnswer(
      model,
      () => readRestRequest(model, body, read),
      answer.body,
      answer.headers.get('inference-header-content-length'),
    );
  });
}
