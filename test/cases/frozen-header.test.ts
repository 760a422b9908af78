/** The case of the frozen header: what it documents holds, and it fails where its parts are broken. */
import { type AddressSpace, mapShape, parseMapType, RELEASES, Runtime, TARGETS } from 'hmap-wasm';
import { type Case, type CaseResult, cases, runCase } from 'hmap-wasm/cases';
import { beforeAll, describe, expect, test } from 'vitest';
import * as go from '../../assembly/shared/golayout.ts';
import { frozenHeader, frozenHeaderWith } from '../../src/cases/frozen-header.ts';
import { complaintsAbout, type OpenReader, openReader, takeReading } from '../../src/cases/reader.ts';
import { HEADER_FIELDS, HEADER_SIZE, withoutField } from '../../src/cases/structs.ts';
import { failures, step } from './result.ts';

const FEW = { from: 0, to: 1 };

describe('as it is', () => {
  let result: CaseResult;
  beforeAll(async () => {
    result = await runCase(frozenHeader);
  });

  test('it behaves as it documents', () => {
    expect(failures(result)).toEqual([]);
    expect(result.ok).toBe(true);
  });

  test('the wrong readings are complained of, the right ones and the legal twin are not', () => {
    for (const { kind, title, complaints } of result.steps) {
      if (kind === 'wrong reading') expect(complaints, title).not.toEqual([]);
      if (kind === 'right reading' || kind === 'fix' || kind === 'legal twin') {
        expect(complaints, title).toEqual([]);
      }
    }
    expect(result.steps.filter(({ kind }) => kind === 'legal twin')).toHaveLength(1);
  });

  test('every guilty byte differs from the column beside it, or is stale', () => {
    const dumps = result.steps.flatMap(({ dumps = [] }) => dumps);
    expect(dumps.flatMap(({ guilty }) => guilty).length).toBeGreaterThan(10);
    for (const { columns, guilty } of dumps) {
      for (const { column, offset, length, why } of guilty) {
        expect(offset + length).toBeLessThanOrEqual(columns[column]?.bytes.length ?? 0);
        if (why.startsWith('stale')) continue;
        const [one, other] = columns.map(({ bytes }) => String(bytes.subarray(offset, offset + length)));
        expect(one, why).not.toBe(other);
      }
    }
  });

  test('the same run gives the same findings', async () => {
    const again = await runCase(frozenHeader);
    expect(again).toEqual(result);
  });
});

test('it behaves as documented with other hashes', async () => {
  for (let seed = 1n; seed <= 12n; seed++) {
    const result = await runCase(frozenHeader, { seed, seeds: FEW });
    expect(failures(result), `seed ${seed}`).toEqual([]);
    expect(result.hash).toContain(`seed ${seed}`);
  }
});

describe('broken', () => {
  const broken = (change: (header: Uint8Array) => Uint8Array): OpenReader => {
    return (memory, header, shape, hash) => openReader(memory, change(header), shape, hash);
  };
  const runWith = (open: OpenReader): Promise<CaseResult> => runCase(frozenHeaderWith(open), { seeds: FEW });

  test('a reader without the rule of the old bucket makes it fail', async () => {
    const result = await runWith(broken((header) => withoutField(header, 'oldbuckets')));
    expect(result.ok).toBe(false);
    expect(failures(result)).toContain('when C copies, it reads everything');
    expect(failures(result)).toContain('a copy under the lock, used at once, is never wrong');
    expect(failures(result)).not.toContain('on a map at rest there is nothing to complain of');
  });

  test('a reader of another header makes the legal twin complain', async () => {
    const result = await runWith(broken((header) => header.slice().fill(7, 0, 1)));
    expect(result.ok).toBe(false);
    expect(step(result, 'legal twin').complaints).not.toEqual([]);
  });

  test('a legal twin that complains fails the case even where all checks are ok', async () => {
    const findings = await frozenHeader.run({ seeds: FEW });
    const steps = findings.steps.map((each) =>
      each.kind === 'legal twin' ? { ...each, complaints: ['a bark'] } : each,
    );
    const barking: Case = { ...frozenHeader, run: async () => ({ ...findings, steps }) };
    expect((await runCase({ ...frozenHeader, run: async () => findings })).ok).toBe(true);
    expect((await runCase(barking)).ok).toBe(false);
  });

  test('a reader with another hash makes it fail', async () => {
    const result = await runWith((memory, header, shape, hash) =>
      openReader(memory, header, shape, (key) => hash(key + 1n)),
    );
    expect(result.ok).toBe(false);
    expect(failures(result)).toContain('when C copies, it reads everything');
  });

  test('an error in the run is a failed check', async () => {
    const failing: Case = { ...frozenHeader, run: () => Promise.reject(new RangeError('out of luck')) };
    const result = await runCase(failing);
    expect(result.ok).toBe(false);
    expect(result.checks).toMatchObject([{ ok: false, found: 'RangeError: out of luck' }]);
  });
});

describe('the reader', () => {
  const SHAPE = mapShape(parseMapType('map[int]int'));

  test("declares the header as Go's own layout has it", () => {
    const offsets = Object.fromEntries(HEADER_FIELDS.map(({ name, offset }) => [name, offset]));
    expect(offsets).toEqual({
      count: go.HMAP_COUNT,
      flags: go.HMAP_FLAGS,
      B: go.HMAP_B,
      noverflow: go.HMAP_NOVERFLOW,
      hash0: go.HMAP_HASH0,
      buckets: go.HMAP_BUCKETS,
      oldbuckets: go.HMAP_OLDBUCKETS,
      nevacuate: go.HMAP_NEVACUATE,
      extra: go.HMAP_EXTRA,
    });
    expect(HEADER_SIZE).toBe(go.HMAP_SIZE);
  });

  test('reads bytes and asks nothing else: a map that is gone it reads as before', async () => {
    const rt = await Runtime.create({ memory: { limit: 2 ** 20 } });
    const map = rt.makeMap('map[int]int');
    const truth = new Map<bigint, bigint>();
    for (let i = -40n; i < 40n; i++) {
      map.set(i, i * i);
      truth.set(i, i * i);
    }
    const hashes = new Map([...truth.keys()].map((key) => [key, map.hash(key)]));
    const header = map.header.bytes;
    const memory = { read: rt.memory.read.bind(rt.memory) } as AddressSpace;
    const reader = openReader(memory, header, SHAPE, (key) => hashes.get(key) as bigint);
    expect(complaintsAbout(takeReading(reader, truth), truth)).toEqual([]);
    map.free();
    expect(complaintsAbout(takeReading(reader, truth), truth)).toEqual([]);
  });

  test('reads a map that grows to the same size', async () => {
    const rt = await Runtime.create({
      goVersion: '1.19',
      hashKey: [1n, 1n, 1n, 1n],
      memory: { limit: 2 ** 20 },
    });
    const map = rt.makeMap('map[int]int', { hash0: 0x12345678 });
    const truth = new Map<bigint, bigint>();
    for (let key = 1n; (map.header.flags & go.FLAG_SAME_SIZE_GROW) === 0; key++) {
      map.set(key, key);
      truth.set(key, key);
      if (map.delete(key - 26n)) truth.delete(key - 26n);
    }
    const reader = openReader(rt.memory, map.header.bytes, SHAPE, (key) => map.hash(key));
    expect(complaintsAbout(takeReading(reader, truth), truth)).toEqual([]);
  });

  test('comes to an end in garbage, and counts what faults', async () => {
    const rt = await Runtime.create({ memory: { limit: 2 ** 20 } });
    const map = rt.makeMap('map[int]int');
    map.set(1n, 1n);
    const truth = new Map([[1n, 1n]]);
    const ring = rt.memory.read(map.header.buckets, SHAPE.bucketSize);
    new DataView(ring.buffer).setBigUint64(SHAPE.overflowOffset, map.header.buckets, true);
    ring[0] = 0;
    rt.memory.write(map.header.buckets, ring);
    const hash = () => 0n;
    const inRing = takeReading(openReader(rt.memory, map.header.bytes, SHAPE, hash), truth);
    expect(inRing).toMatchObject({ missed: [1n], faults: 0 });
    const wild = map.header.bytes.fill(0x7f, go.HMAP_BUCKETS, go.HMAP_BUCKETS + 8);
    const lost = takeReading(openReader(rt.memory, wild, SHAPE, hash), truth);
    expect(lost).toMatchObject({ missed: [1n], walked: 0, faults: 2 });
    expect(complaintsAbout(lost, truth)).toContain('a segmentation fault in 2 reads');
  });
});

test('the detector has a sentence for everything that can be wrong', () => {
  const truth = new Map([
    [1n, 10n],
    [2n, 20n],
  ]);
  const right = { count: 2, found: 2, missed: [], wrong: [], walked: 2, foreign: 0, faults: 0 };
  expect(complaintsAbout(right, truth)).toEqual([]);
  expect(complaintsAbout({ ...right, count: 3 }, truth)).toEqual(['count says 3, the map holds 2']);
  expect(complaintsAbout({ ...right, missed: [2n, 1n] }, truth)).toEqual(['2 keys missed: 1-2']);
  expect(complaintsAbout({ ...right, wrong: [2n] }, truth)).toEqual(['1 key with a wrong element: 2']);
  expect(complaintsAbout({ ...right, walked: 0 }, truth)).toEqual([
    'a walk gives 0 entries, the map holds 2',
  ]);
  expect(complaintsAbout({ ...right, foreign: 1 }, truth)).toEqual(['in the walk, not in the map: 1 entry']);
  expect(complaintsAbout({ ...right, faults: 1 }, truth)).toEqual(['a segmentation fault in 1 read']);
});

test('each case of the catalogue says what it is about', () => {
  expect(cases.map(({ name }) => name)).toContain('frozen-header');
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  for (const { goesWrong, name, notModelled, program, releases, targets } of cases) {
    expect(goesWrong.match(/[.!?](\s|$)/g), name).toHaveLength(2);
    expect(RELEASES.map((release) => release.name)).toEqual(expect.arrayContaining([...releases]));
    expect(TARGETS.map((target) => String(target.name))).toEqual(expect.arrayContaining([...targets]));
    expect(program).not.toBe('');
    expect(notModelled).not.toEqual([]);
  }
});
