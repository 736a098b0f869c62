import type { HttpCase } from './http-case.ts';
import {
  lyingHeadersCase,
  mutatedBytesCase,
  mutatedJsonCase,
  randomBodyCase,
  validCase,
} from './infer-cases.ts';
import {
  kserveCase,
  managementCase,
  sharedMemoryCase,
  torchServeCase,
  torchServeValidCase,
} from './other-cases.ts';
import { Random } from './random.ts';
import {
  bombCase, brokenWireCase, chunkedCase, leavingCase, otherProtocolCase, pathCase, piecewiseCase, pipelinedCase,
} from './wire-cases.ts'; // biome-ignore format: a list

/** The ports of a server under fuzz. */
export type HttpPort = 'http' | 'management';

/** Generators and how often each is drawn, of 1000. */
const shares: readonly (readonly [number, HttpPort, (random: Random) => HttpCase])[] = [
  [250, 'http', validCase],
  [270, 'http', mutatedJsonCase],
  [140, 'http', mutatedBytesCase],
  [50, 'http', lyingHeadersCase],
  [30, 'http', randomBodyCase],
  [20, 'http', pipelinedCase],
  [20, 'http', chunkedCase],
  [20, 'http', piecewiseCase],
  [45, 'http', pathCase],
  [20, 'management', pathCase],
  [20, 'http', brokenWireCase],
  [10, 'http', otherProtocolCase],
  [10, 'http', leavingCase],
  [1, 'http', bombCase],
  [40, 'http', torchServeCase],
  [14, 'http', torchServeValidCase],
  [10, 'http', kserveCase],
  [15, 'http', sharedMemoryCase],
  [15, 'management', managementCase],
];

/** Case number `index` of a seed; the same on every machine, whatever came before. */
export function httpCaseOf(
  seed: number,
  index: number,
): { readonly port: HttpPort; readonly made: HttpCase } {
  const random = new Random(Math.imul(seed, 0x01000193) ^ index);
  let drawn = random.between(0, 999);
  for (const [share, port, make] of shares) {
    if (drawn < share) return { port, made: make(random) };
    drawn -= share;
  }
  throw new Error('the shares do not make 1000');
}
