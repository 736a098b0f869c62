/**
 * A long fuzzing of `thinfer serve`: node bench/serve/fuzz.ts [--requests 1000000] [--seed 1] [--from 0] [--grpc-share 0.3] [--minutes M]
 * [--senders 8] [--document-minutes 0]. Case `i` of a seed is always the same: `--seed S --from I --requests 1 --grpc-share 0` (1 for gRPC) sends one again. It ends with status 1 where
 * something was found, also by Schemathesis, which makes requests of the OpenAPI documents for so many minutes in the end; it writes bench/results/serve-fuzz-<seed>-<from>.json.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CampaignResult, runCampaign } from '../../test/support/fuzz/campaign.ts';
import { httpSender, startFuzzServer } from '../../test/support/fuzz/fuzz-server.ts';
import { GrpcFuzzer, grpcSender } from '../../test/support/fuzz/grpc-sender.ts';
import { bugsIn, childrenOf, descriptorsOf, rssBytesOf } from '../../test/support/fuzz/watch.ts';
import { usePeer } from '../../test/support/peers.ts';
import { runSchemathesis } from '../../test/support/schemathesis.ts';
import { saveResult } from '../support.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    senders: { type: 'string', default: '8' },
    minutes: { type: 'string', default: '600' },
    'grpc-share': { type: 'string', default: '0.3' },
    'document-minutes': { type: 'string', default: '0' },
  },
});
const [requests, seed, from, senders] = [values.requests, values.seed, values.from, values.senders].map(Number) as [
  number, number, number, number,
]; // biome-ignore format: a list
const grpcShare = Number(values['grpc-share']);
const folder = mkdtempSync(join(tmpdir(), 'thinfer-fuzz-'));
const scratch = { folder: join(folder, 'work'), temporary: join(folder, 'tmp') };
for (const path of Object.values(scratch)) mkdirSync(path);
const beganMs = Date.now();
const endMs = beganMs + Number(values.minutes) * 60_000;
/** Between two looks at the whole: a round over REST and one over gRPC. */
const round = Math.min(requests, 20_000);

const server = await startFuzzServer(scratch);
const instances = childrenOf(server.pid);
const idle = { rssBytes: rssBytesOf(server.pid), descriptors: descriptorsOf(server.pid) };
let ended = false;
void server.ended.then(() => (ended = true));
const rounds: object[] = [];
const totals = { rest: 0, grpc: 0, answers: 0, findings: 0 };
const families: CampaignResult['families'] = {};
const findings: object[] = [];
let next = from;
while (next < from + requests && Date.now() < endMs && !ended) {
  const count = Math.min(round, from + requests - next);
  const overGrpc = Math.round(count * grpcShare);
  await add(
    'rest',
    await runCampaign({
      server,
      open: () => httpSender(server, seed),
      from: next,
      count: count - overGrpc,
      senders,
    }),
  );
  const fuzzer = new GrpcFuzzer(server.grpc, seed);
  const open = () => grpcSender(fuzzer);
  await add(
    'grpc',
    await runCampaign({ server, open, from: next + count - overGrpc, count: overGrpc, senders: 4 * senders }),
  );
  fuzzer.close();
  next += count;
  const seen = {
    ...{
      sent: next - from,
      seconds: Math.round((Date.now() - beganMs) / 1000),
      rssBytes: rssBytesOf(server.pid),
    },
    descriptors: descriptorsOf(server.pid),
    instanceRssBytes: instances.map(rssBytesOf),
    findings: totals.findings,
  };
  rounds.push(seen);
  save(); // What is known stays known when it is interrupted; `resumeFrom` says where to go on.
  process.stderr.write(`${JSON.stringify(seen)}\n`);
}
const documents = await requestDocuments(Number(values['document-minutes']));
const restarted = childrenOf(server.pid).some((pid) => !instances.includes(pid));
const { status } = await server.stop();
const bugs = bugsIn(server.log());
save({
  documents,
  exitStatus: status,
  bugsInLog: bugs.length,
  firstBugs: bugs.slice(0, 20),
  instancesRestarted: restarted,
});
rmSync(folder, { recursive: true, force: true });
const refuted = documents.some((document) => document.status !== 0);
process.exitCode = totals.findings > 0 || bugs.length > 0 || status !== 0 || restarted || refuted ? 1 : 0;

/** Half of the time for each listener. */
async function requestDocuments(
  minutes: number,
): Promise<{ readonly listener: string; readonly cases: number; readonly status: number | null }[]> {
  if (minutes === 0) return [];
  const peer = usePeer('schemathesis');
  if (peer.skip !== false) throw new Error(peer.skip);
  const options = { seconds: minutes * 30, seed, model: { name: 'tiny', version: '1' } };
  const runs = [];
  for (const [listener, url, more] of [
    ['inference', server.http, {}],
    ['management', server.management, { token: server.token }],
  ] as const) {
    const run = await runSchemathesis(peer.command, scratch, url, { ...options, ...more });
    if (run.status !== 0) process.stderr.write(run.stdout);
    runs.push({ listener, cases: run.cases, status: run.status });
  }
  return runs;
}

async function add(protocol: 'rest' | 'grpc', result: CampaignResult): Promise<void> {
  totals[protocol] += result.sent;
  totals.answers += result.answers;
  totals.findings += result.findingCount;
  for (const finding of result.findings) {
    if (findings.length < 200) findings.push({ protocol, ...finding });
    process.stderr.write(`${protocol} ${JSON.stringify(finding)}\n`);
  }
  for (const [family, counts] of Object.entries(result.families)) {
    families[family] ??= {};
    const all = families[family];
    for (const [code, count] of Object.entries(counts)) all[code] = (all[code] ?? 0) + count;
  }
}

function save(more: object = {}): void {
  saveResult(`serve-fuzz-${seed}-${from}`, {
    seed,
    from,
    resumeFrom: next,
    idle,
    totals,
    families,
    findings,
    ...more,
    rounds,
  });
}
