import type { ColumnRole, Quantity } from './types.ts';

/** A quantity, the words that name it in a heading, and how we would write it. */
export interface Term {
  readonly quantity: Quantity;
  readonly role: ColumnRole;
  readonly words: RegExp;
  /** Headings to suggest where a word was not understood. */
  readonly names: readonly string[];
}

const term = (quantity: Quantity, role: ColumnRole, words: RegExp, ...names: string[]): Term => ({
  quantity,
  role,
  words,
  names,
});

/** The first that fits a heading counts: what holds the words of another stands before it. */
export const terms: readonly Term[] = [
  term('global-batch', 'dimension', /\b(?:global|total|effective|overall) (?:(?:mini-?)?batch(?: ?sizes?)?|bs)\b|\bgbs\b/, 'global batch size'),
  term('accumulation', 'dimension', /\b(?:grad(?:ient)?s?\.? )?accum(?:ulation)?s?\b\.?(?: steps?| count)?|\bgrad(?:ient)?s?\.?[ -]acc\b\.?(?: steps?)?|\bacc\b\.? steps?\b|\bmicro-?batches\b/, 'accumulation steps', 'gradient accumulation'),
  term('efficiency', 'measure', /\b(?:weak |strong |parallel )?scal(?:ing|ability)\b.*?\befficiency\b|\befficiency\b.*?\bscaling\b|\bparallel efficiency\b/, 'scaling efficiency'),
  term('weak-scaling', 'measure', /\bweak[ -]?scaling\b(?: factor)?/, 'weak scaling'),
  term('strong-scaling', 'measure', /\bstrong[ -]?scaling\b(?: factor)?/, 'strong scaling'),
  term('efficiency', 'measure', /(?<!\b(?:energy|power|cost|memory|compute|data|fuel) )\befficiency\b/, 'efficiency'),
  term('scaling', 'measure', /\bscaling\b(?: factor)?|\bscale ?factor\b|\bscal(?:e|ability)\b/, 'scaling'),
  term('speed-up', 'measure', /\b(?:relative )?(?:throughput |performance |latency )?speed[ -]?ups?\b|\brelative (?:performance|throughput|speed)\b|\b(?:improvement|gain|reduction|savings?)\b/, 'speed-up', 'throughput speedup'),
  term('time-to-train', 'measure', /\btime[ -]to[ -](?:train|solution|convergence|accuracy)\b|\btrain(?:ing)?[ -]time\b/, 'time to train'),
  term('throughput', 'measure', /\bthroughput\b|\bperformance\b|\bperf\b|\b(?:items|images|sentences|samples|tokens|sequences|inferences|requests|queries) per sec(?:ond)?\b/, 'throughput'),
  term('latency', 'measure', /\blatenc(?:y|ies)\b|\b(?:response|inference|batch|iteration|step|forward|execution|run|elapsed|wall|service|compute)(?: pass)?[ -]?time\b|\btime (?:per|of a|for a) (?:batch|iteration|step|item|inference|run)\b|\bruntime\b|\bdelay\b|\btime\b/, 'latency'),
  term('loss', 'measure', /\b(?:final |eval(?:uation)? |training |validation )?loss\b/, 'loss'),
  term('accuracy', 'measure', /\b(?:(?:eval(?:uation)?|validation|test|dev|final) )?(?:accuracy|acc)\b|\bf1(?:[ -]?score)?\b|\bexact match\b|\bem\b|\btop-?[15]\b|\bbleu\b|\bmap\b|\bscore\b/, 'accuracy', 'F1'),
  term('memory', 'measure', /\bmem(?:ory)?\b|\bvram\b|\brss\b|\bfootprint\b/, 'memory'),
  term('power', 'measure', /\bpower\b|\benergy\b/, 'power'),
  term('cost', 'measure', /\bcost\b|\bprice\b/, 'cost'),
  term('flops', 'measure', /\b[kmgtp]?flops?\b/, 'flops'),
  term('nodes-devices', 'dimension', /\bnodes? ?[x×*] ?(?:gpus?|devices?|sockets?)\b/, 'nodes x GPUs'),
  term('sequence', 'dimension', /\b(?:max(?:imum)? )?seq(?:uence)?s?(?:[ -]?len(?:gth)?s?)?\b|\b(?:input|context|token)[ -]len(?:gth)?\b/, 'sequence length'),
  term('batch', 'dimension', /\b(?:mini-?)?batch(?:[ -]?sizes?)?(?: ?(?:\/|per) ?(?:gpu|device|accelerator|core|instance|worker|chip|node|socket))?\b|\bbs\b/, 'batch size'),
  term('interop-threads', 'dimension', /\binter[ -]?op(?:[ -]threads)?\b/, 'interop_threads'),
  term('setting', 'dimension', /\binstance id\b|\breplica\b/, 'instance_id'),
  term('concurrency', 'dimension', /\b(?:concurrent|in[ -]?flight|parallel|outstanding|simultaneous|infer(?:ence)?) (?:requests|users|clients|queries|connections|streams|reqs?)\b|\bn?ireq\b|\bconcurrency\b|\bclients\b|\b(?:virtual )?users\b|\brequests in flight\b|\bqueue depth\b/, 'concurrency', 'requests in flight'),
  term('tensor-parallel', 'dimension', /\btensor[ -]?(?:model[ -]?)?parallel(?:ism)?(?: ?(?:size|degree))?\b|^\W*tp(?: ?(?:size|degree))?\W*$/, 'tensor parallel'),
  term('pipeline-parallel', 'dimension', /\bpipeline[ -]?(?:model[ -]?)?parallel(?:ism)?(?: ?(?:size|degree))?\b|^\W*pp(?: ?(?:size|degree))?\W*$/, 'pipeline parallel'),
  term('data-parallel', 'dimension', /\bdata[ -]?parallel(?:ism)?(?: ?(?:size|degree))?\b|^\W*dp(?: ?(?:size|degree))?\W*$/, 'data parallel'),
  term('instances', 'dimension', /\b(?:(?:num(?:ber of)?|#) ?)?(?:instances?|streams|workers)\b/, 'instances'),
  term('threads', 'dimension', /\b(?:(?:num(?:ber of)?|#) ?)?(?:(?:intra[ -]?op[ -]?)?threads?|(?:physical )?cores?|v?cpus?|omp num threads)\b|\bintra[ -]?op\b/, 'threads', 'intraop_threads', 'cores'),
  term('nodes', 'dimension', /\b(?:num(?:ber of)? |# ?)?nodes?\b|# ?nodes?\b/, 'nodes'),
  term('devices', 'dimension', /\b(?:num(?:ber of)? |# ?)?(?:gpus|devices|accelerators|chips|tpus|sockets|gpu count|device count|gpu|device|accelerator|chip)\b/, 'GPUs', 'devices'),
  term('phase', 'dimension', /\bphase\b/, 'phase'),
  term('precision', 'dimension', /\bprecision\b|\bdata ?types?\b|\bd ?types?\b|\bnumeric format\b|\bmath mode\b/, 'precision'),
  term('model', 'dimension', /\bmodels?\b|\bnetwork\b|\barchitecture\b|\bworkload\b|\bbackbone\b/, 'model'),
  term('system', 'dimension', /\bsystem\b|\bmachine\b|\bhardware\b|\bplatform\b|\bserver\b|\bprocessor\b/, 'system'),
  term('metric', 'dimension', /\bmetric\b/, 'metric'),
  term('setting', 'dimension', /\b(?:benchmark|topology|mapping|pinning|ht|hyper-?threading|source|allocator|framework|container|seed|optimi[sz]er|optimi[sz]ations?|dataset|task|version|engine|mode|configuration|scenario|region|backend|runtime version|date|comment|notes?)\b/, 'configuration', 'framework', 'dataset'),
]; // biome-ignore format: a table

/** Headings that we know, to suggest one. */
export const knownHeadings: readonly string[] = terms.flatMap(({ names }) => names);
