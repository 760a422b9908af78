/** What a run measures: suites by name, each a list of steps, by mode. */
import { labelOf } from './harness/label.ts';
import type { Mode, Session } from './harness/session.ts';
import { elemTypeOf, KEY_KINDS, type KeyKind } from './keys.ts';
import {
  AS_MAP,
  ENGINES,
  type Engine,
  GO_WASM,
  MAP_BIGINT,
  MAP_FLOAT,
  MAP_SMALL,
  MAP_STRING,
  NATIVE,
  OURS,
} from './peers/catalogue.ts';
import { ELEM_SIZES } from './peers/go.ts';
import { type Op, type SingleOp, turnsFor } from './peers/protocol.ts';
import { type Contest, dimensionsOf, raceBatches, type Work } from './suites/batch.ts';
import { hashDimensions, raceHashes } from './suites/hashing.ts';
import { measureLatencies } from './suites/latency.ts';
import { measureMemory } from './suites/memory.ts';
import { raceSingles, type SingleContest, singleDimensions } from './suites/single.ts';
import { measureStartup } from './suites/startup.ts';

/** One step of a run. */
export interface Step {
  readonly suite: string;
  /** The labels of what it measures on the emulator, for `--only`. */
  readonly labels: readonly string[];
  /** Engines that it needs. */
  readonly engines: readonly Engine[];
  /** Seconds that it would take if there were time enough, about. */
  readonly seconds: number;
  run(session: Session): Promise<void>;
}

export interface Options {
  readonly mode: Mode['name'];
  /** With 16,000,000 entries too. */
  readonly large: boolean;
  readonly only: readonly string[];
}

/** Where a step of `goals` measures what the table of goals asks for, and no more. */
const GOALS = 'goals';
export const SUITES = [
  'batch',
  'keys',
  'elems',
  'batches',
  'hits',
  'single',
  'hashing',
  'latency',
  'memory',
  'startup',
] as const;

const ALL_OPS: readonly Op[] = ['insert', 'ahead', 'presized', 'overwrite', 'hit', 'miss', 'delete', 'drain'];
const KEY_OPS: readonly Op[] = ['insert', 'presized', 'hit', 'miss', 'delete'];
const LIMITS: readonly Op[] = ['gather1', 'gather2', 'gather3'];
const EVERYONE = ENGINES;
/** Where a round of all engines takes a quarter of a minute. */
const LARGE_PEERS: readonly Engine[] = [OURS, ...NATIVE, 'go-swiss', GO_WASM, AS_MAP, MAP_BIGINT];
const FEW: readonly Engine[] = [OURS, ...NATIVE, MAP_FLOAT, MAP_SMALL, MAP_STRING];
const NATIVE_ONLY: readonly Engine[] = [OURS, ...NATIVE];
const GOAL_PEERS: readonly Engine[] = [OURS, ...NATIVE, GO_WASM, MAP_BIGINT];
/** Whom the table of goals names, of operations where it is not only native Go. */
const GOAL_PEERS_OF: Partial<Record<Op, readonly Engine[]>> = {
  hit: GOAL_PEERS,
  insert: [OURS, ...NATIVE, MAP_BIGINT],
};

/** Seconds for one operation on maps of a size: what takes longer gets longer. */
function secondsFor(len: number, mode: Mode['name']): number {
  if (mode === 'quick') return len >= 1_000_000 ? 1 : 0.3;
  if (len >= 16_000_000) return 90;
  if (len >= 4_000_000) return 30;
  if (len >= 1_000_000) return 14;
  return len >= 100_000 ? 3 : 1.5;
}

/** Seconds for a round of one operation on so many engines, about. */
const round = (len: number, engines: number): number =>
  engines * Math.max(0.04, len * turnsFor(len) * (len >= 1_000_000 ? 4e-7 : 1e-7));
/** Benchmark.js takes its time to find out how often to call what takes long. */
const SINGLE_ROUND = 2.2e-6;

/** Seconds until so many engines have their keys and maps, about. */
const preparing = (len: number, engines: number): number => engines * (0.2 + len * 1.5e-6);

const works = (ops: readonly Op[]): Work[] => ops.map((op) => ({ op }));

function contest(
  mode: Mode['name'],
  of: Omit<Contest, 'seconds' | 'least'> & { readonly share?: number },
): Step {
  const { share = 1, ...rest } = of;
  const least = rest.len >= 4_000_000 ? 2 : rest.len < 1_000_000 ? 5 : mode === 'quick' ? 2 : 4;
  const full: Contest = { ...rest, seconds: secondsFor(rest.len, mode) * share, least };
  return {
    suite: full.suite,
    labels: full.work.map((work) => labelOf(dimensionsOf(full, work, OURS))),
    engines: full.engines,
    seconds:
      full.work
        .map(({ engines = full.engines }) => (full.least + 1) * round(full.len, engines.length))
        .reduce((sum, least) => sum + Math.max(full.seconds, least), 0) +
      preparing(full.len, full.engines.length),
    run: (session) => raceBatches(session, full),
  };
}

function single(mode: Mode['name'], of: Omit<SingleContest, 'seconds' | 'least' | 'stretch'>): Step {
  const quick = mode !== 'full';
  const large = of.len >= 1_000_000;
  const full: SingleContest = {
    ...of,
    stretch: mode === 'smoke' ? 0.002 : quick ? 0.03 : 0.1,
    seconds: quick ? 0.3 : large ? 6 : 2,
    least: quick ? 2 : large ? 3 : 5,
  };
  return {
    suite: full.suite,
    labels: full.ops.map((op) => labelOf(singleDimensions(full, op, OURS))),
    engines: [OURS, full.peer],
    seconds:
      Math.max(full.seconds, (full.least + 1) * 2 * full.len * SINGLE_ROUND) * full.ops.length +
      preparing(full.len, 2),
    run: (session) => raceSingles(session, full),
  };
}

/** The built-in Map against which single operations of a key kind are raced. */
const builtinFor = (key: KeyKind): Engine => {
  if (key === 'uint64') return MAP_BIGINT;
  if (key === 'float64') return MAP_FLOAT;
  return key === 'int32' ? MAP_SMALL : MAP_STRING;
};

function hashing(mode: Mode['name'], sizes: readonly number[]): Step {
  return {
    suite: 'hashing',
    labels: sizes.map((size) => labelOf(hashDimensions(size, OURS))),
    engines: [OURS, NATIVE[0]],
    seconds: sizes.length * (mode === 'quick' ? 0.3 : 3),
    run: (session) => raceHashes(session, sizes, mode === 'quick' ? 0.3 : 3),
  };
}

const latency = (len: number, runs: number, engines: readonly Engine[]): Step => ({
  suite: 'latency',
  labels: [`engine=${OURS}/key=uint64/elem=uint64/len=${len}/op=latency`],
  engines,
  seconds: runs * preparing(len, 4),
  run: (session) => measureLatencies(session, len, runs),
});

const memory = (len: number, engines: readonly Engine[]): Step => ({
  suite: 'memory',
  labels: [`engine=${OURS}/key=uint64/elem=uint64/len=${len}/op=memory`],
  engines,
  seconds: preparing(len, 5),
  run: (session) => measureMemory(session, len),
});

const startup = (runs: number): Step => ({
  suite: 'startup',
  labels: [`engine=${OURS}/op=startup`],
  engines: [OURS],
  seconds: runs * 0.3,
  run: (session) => measureStartup(session, runs),
});

/** Keys a call. */
const BATCHES = [16, 64, 256, 1024, 4096, 16_384, 65_536];
const HASH_SIZES = [4, 8, 32, 256, 4096];
const STRINGS = ['string8', 'string16'] as const;

/** Just what the table of goals needs. */
function goalSteps(mode: Mode['name']): Step[] {
  const quick = mode === 'quick';
  const batch = (len: number, ops: readonly Op[], share = 1): Step =>
    contest(mode, {
      suite: 'batch',
      key: 'uint64',
      size: 8,
      len,
      work: ops.map((op) => ({ op, engines: GOAL_PEERS_OF[op] ?? NATIVE_ONLY })),
      engines: GOAL_PEERS,
      share,
    });
  const sizes = [1000, 100_000, ...(quick ? [] : [1_000_000])];
  const singles = (key: KeyKind, ops: readonly SingleOp[], len: number) =>
    single(mode, { suite: 'single', key, len, ops, peer: builtinFor(key) });
  // What takes little time comes first: where the machine is busy, a quick run may not come to the end.
  return [
    startup(quick ? 5 : 15),
    memory(1_000_000, [OURS, NATIVE[0]]),
    hashing(mode, HASH_SIZES),
    batch(1000, ['hit', 'overwrite', 'presized']),
    batch(100_000, ['hit', 'overwrite', 'presized']),
    ...sizes.map((len) => singles('uint64', len === 1000 ? ['get'] : ['get', 'grow'], len)),
    ...sizes.map((len) => singles('float64', ['get'], len)),
    ...sizes.filter((len) => len < 1_000_000).map((len) => singles('int32', ['get'], len)),
    ...[1000, 100_000].flatMap((len) => STRINGS.map((key) => singles(key, ['fresh'], len))),
    ...[1000, 100_000].flatMap((len) =>
      STRINGS.map((key) =>
        contest(mode, {
          suite: 'keys',
          key,
          size: 8,
          len,
          work: works(['hit', 'insert']),
          engines: NATIVE_ONLY,
        }),
      ),
    ),
    latency(quick ? 1_000_000 : 4_000_000, quick ? 1 : 5, [OURS, NATIVE[0], MAP_BIGINT]),
    batch(1_000_000, ['gather3', 'gather1', ...ALL_OPS]),
    ...(quick ? [] : [batch(4_000_000, ['insert', 'hit', 'ahead', 'gather1', 'gather3'])]),
  ];
}

/** Everything, by suites. */
function fullSteps(large: boolean): Step[] {
  const mode = 'full';
  const sizes = [100, 1000, 10_000, 100_000, 1_000_000, 4_000_000];
  const limited = (len: number) => (len >= 100_000 ? [...ALL_OPS, ...LIMITS] : ALL_OPS);
  // What takes little time, and what the table of goals needs, comes before the rest.
  return [
    startup(15),
    hashing(
      mode,
      [...HASH_SIZES, 16, 64, 1024].sort((a, b) => a - b),
    ),
    latency(100_000, 5, EVERYONE),
    latency(4_000_000, 5, EVERYONE),
    ...[1000, 100_000, 1_000_000, 4_000_000].map((len) => memory(len, EVERYONE)),
    ...sizes.map((len) =>
      contest(mode, {
        suite: 'batch',
        key: 'uint64',
        size: 8,
        len,
        work: works(limited(len)),
        engines: len >= 4_000_000 ? LARGE_PEERS : EVERYONE,
      }),
    ),
    ...(large
      ? [
          contest(mode, {
            suite: 'batch',
            key: 'uint64',
            size: 8,
            len: 16_000_000,
            work: works(['presized', 'hit', 'miss', 'gather1', 'gather3']),
            engines: [OURS, ...NATIVE, AS_MAP, MAP_BIGINT],
          }),
        ]
      : []),
    ...KEY_KINDS.filter((key) => key !== 'uint64').flatMap((key) =>
      [1000, 100_000, 1_000_000].map((len) =>
        contest(mode, {
          suite: 'keys',
          key,
          size: 8,
          len,
          work: works(len === 1_000_000 ? ['insert', 'hit', 'miss'] : KEY_OPS),
          engines: FEW,
          share: 0.4,
        }),
      ),
    ),
    ...ELEM_SIZES.flatMap((size) =>
      [1000, 100_000].map((len) =>
        contest(mode, {
          suite: 'elems',
          key: 'uint64',
          size,
          len,
          work: works(KEY_OPS),
          engines: NATIVE_ONLY,
          share: 0.6,
        }),
      ),
    ),
    ...[1000, 100_000, 1_000_000].map((len) =>
      contest(mode, {
        suite: 'batches',
        key: 'uint64',
        size: 8,
        len,
        work: BATCHES.filter((batch) => batch <= len).map((batch) => ({ op: 'hit', batch })),
        engines: NATIVE_ONLY,
        share: 0.3,
      }),
    ),
    contest(mode, {
      suite: 'hits',
      key: 'uint64',
      size: 8,
      len: 1_000_000,
      work: [10, 25, 50, 75, 90].map((hits) => ({ op: 'mixed', hits })),
      engines: [OURS, ...NATIVE, MAP_BIGINT],
      share: 0.4,
    }),
    ...(['uint64', 'float64', 'int32'] as const).flatMap((key) =>
      [1000, 100_000, 1_000_000].map((len) =>
        single(mode, {
          suite: 'single',
          key,
          len,
          ops: ['get', 'has-absent', 'set', 'grow', 'iterate'],
          peer: builtinFor(key),
        }),
      ),
    ),
    ...(['string8', 'string16', 'string100'] as const).flatMap((key) =>
      [1000, 100_000].map((len) =>
        single(mode, { suite: 'single', key, len, ops: ['get', 'fresh', 'set', 'grow'], peer: MAP_STRING }),
      ),
    ),
  ];
}

/** Every suite and every engine at sizes that take no time: for right results, not for figures. */
function smokeSteps(): Step[] {
  const mode = 'smoke';
  const uint64 = (work: readonly Work[], len: number, size = 8) =>
    contest(mode, { suite: 'batch', key: 'uint64', size, len, work, engines: EVERYONE });
  return [
    uint64([...works([...ALL_OPS, ...LIMITS]), { op: 'mixed', hits: 30 }, { op: 'hit', batch: 16 }], 1000),
    ...KEY_KINDS.filter((key) => key !== 'uint64').map((key) =>
      contest(mode, { suite: 'keys', key, size: 8, len: 300, work: works(KEY_OPS), engines: EVERYONE }),
    ),
    ...ELEM_SIZES.filter((size) => size !== 8).map((size) => uint64(works(KEY_OPS), 100, size)),
    ...(['uint64', 'float64', 'int32'] as const).map((key) =>
      single(mode, {
        suite: 'single',
        key,
        len: 100,
        ops: ['get', 'has-absent', 'set', 'grow', 'iterate'],
        peer: builtinFor(key),
      }),
    ),
    single(mode, { suite: 'single', key: 'string16', len: 100, ops: ['get', 'fresh'], peer: MAP_STRING }),
    hashing(mode, HASH_SIZES),
    latency(5000, 1, EVERYONE),
    memory(1000, EVERYONE),
    startup(1),
  ];
}

/** The steps of a run. `--only` takes names of suites, `goals`, or parts of labels. */
export function planFor({ mode, large, only }: Options): Step[] {
  if (only.length === 0) {
    if (mode === 'smoke') return smokeSteps();
    return mode === 'quick' ? goalSteps(mode) : fullSteps(large);
  }
  if (only.includes(GOALS)) return goalSteps(mode);
  const all = mode === 'smoke' ? smokeSteps() : mode === 'quick' ? goalSteps(mode) : fullSteps(large);
  const wanted = all.filter((step) =>
    only.some((text) => step.suite === text || step.labels.some((label) => label.includes(text))),
  );
  if (wanted.length > 0) return wanted;
  throw new RangeError(
    `--only ${only.join(' ')} selects nothing: name suites (${[GOALS, ...SUITES].join(', ')}) or parts of labels, ` +
      `as in key=uint64/elem=${elemTypeOf(8)}/len=1000000`,
  );
}
