/**
 * What the language guarantees, by the numbers of the essay in `assembly/classic/header.ts`: each at every
 * stage of growth, for every way of holding keys and elements.
 */
import type { Runtime } from 'hmap-wasm';
import { GoFatal, GoPanic } from 'hmap-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { FLAG_HASH_WRITING } from '../../assembly/shared/golayout.ts';
import { thrown } from '../machine/inside.ts';
import { BUILDS, goldenRuntime, WyRand } from '../support/builds.ts';
import {
  type Entry,
  MAP_KINDS,
  type MapKind,
  type Met,
  reach,
  type Stage,
  stagesOf,
  type Trip,
} from '../support/stages.ts';

/** First states of the draws: iterations begin at different buckets and slots. */
const STARTS = [1n, 0x9e3779b97f4a7c15n, 0x1234567890abcdefn] as const;

/** From Go 1.23 on the hash multiplies by it: words of few bits would spread the keys too evenly. */
const HASH_KEY = [
  0xa0761d6478bd642fn,
  0xe7037ed1a0b428dbn,
  0x8ebc6af09c88c6e3n,
  0x589965cc75374cc3n,
] as const;

const kinds = MAP_KINDS.map((kind) => [kind.type, kind] as const);

/** A process of a release and build, and maps in it at every stage. */
class World {
  readonly draws = new WyRand();
  rt!: Runtime;
  #starts: readonly bigint[] = [];
  readonly #stages = new Map<MapKind, Stage[]>();

  /** The checked build, which is slower, begins iterations at one place only unless `starts` says otherwise. */
  async start(
    build: (typeof BUILDS)[number],
    goVersion: string,
    starts: readonly bigint[] = build === 'release' ? STARTS : STARTS.slice(1, 2),
  ): Promise<void> {
    this.#starts = starts;
    this.rt = await goldenRuntime(build, { goVersion, hashKey: HASH_KEY, random: this.draws.source });
  }

  stages(kind: MapKind): Stage[] {
    let all = this.#stages.get(kind);
    if (all === undefined) {
      all = (['doubling', 'same size'] as const).flatMap((way) => stagesOf(this.rt, this.draws, kind, way));
      // There is a step at which some old buckets have moved and some have not, on both ways.
      for (const way of ['doubling', 'same size']) {
        const steps = all.filter((stage) => stage.way === way && stage.growing);
        expect(steps.length).toBeGreaterThan(2);
      }
      this.#stages.set(kind, all);
    }
    return all;
  }

  /** Does something with a map at every stage, for every start of the draws; nothing of it may leak. */
  atEveryStage(kind: MapKind, run: (trip: Trip, stage: Stage) => void): void {
    for (const stage of this.stages(kind)) {
      for (const start of this.#starts) {
        const idle = this.rt.machine.heapInUse;
        const trip = reach(this.rt, this.draws, kind, stage, start);
        try {
          run(trip, stage);
          trip.map.verify();
        } catch (error) {
          const { way, operations, moved } = stage;
          const where = `${way}, ${operations} operations, ${moved} buckets moved, start ${start}`;
          throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
        } finally {
          if (this.rt.machine.ended === undefined) trip.map.free();
        }
        expect(this.rt.machine.heapInUse).toBe(idle);
      }
    }
  }
}

/** Entries that were given more than once. */
function twice(met: readonly Met[]): Met[] {
  const seen = new Set<unknown>();
  return met.filter(({ entry }) => seen.size === seen.add(entry).size);
}

describe.each(BUILDS.flatMap((build) => ['1.19', '1.25-noswissmap'].map((go) => [build, go] as const)))(
  'guarantees on the %s build, Go %s',
  (build, goVersion) => {
    const world = new World();
    beforeAll(() => world.start(build, goVersion));

    describe('1: no entry is met twice', () => {
      test.each(kinds)('%s, while the map goes on growing', (_type, kind) => {
        for (const pace of [0, 2]) {
          world.atEveryStage(kind, (trip) => {
            const met = trip.rest(trip.map.entries(), (n) => trip.advance(n < 80 ? pace : 0));
            expect(twice(met)).toEqual([]);
          });
        }
      });

      test.each(kinds)('%s, where every entry is set again on the way', (_type, kind) => {
        world.atEveryStage(kind, (trip) => {
          const met = trip.rest(trip.map.entries(), () => {
            for (const { n } of trip.live) if (n !== undefined) trip.set(n);
          });
          expect(twice(met)).toEqual([]);
        });
      });
    });

    describe('2: an entry that is there from beginning to end is met', () => {
      /** Go's own gap: a NaN in the bucket that the iterator is in when a growth to the same size ends. */
      let gaps = 0;
      function left(before: readonly Entry[], trip: Trip, given: ReadonlySet<unknown>): void {
        const missed = before.filter((entry) => trip.live.has(entry) && !given.has(entry));
        expect(missed.filter(({ n }) => n !== undefined || trip.way === 'doubling')).toEqual([]);
        gaps += missed.length;
      }

      test.each(kinds)('%s, while the map goes on growing', (_type, kind) => {
        for (const pace of [0, 2]) {
          world.atEveryStage(kind, (trip) => {
            const before = [...trip.live];
            const met = trip.rest(trip.map.entries(), (n) => trip.advance(n < 80 ? pace : 0));
            left(before, trip, new Set(met.map(({ entry }) => entry)));
          });
        }
      });

      test.each(kinds)('%s, where the memory that growth gives back is taken at once', (_type, kind) => {
        world.atEveryStage(kind, (trip) => {
          const before = [...trip.live];
          const iterators = [trip.map.entries(), trip.map.entries()] as const;
          const given = new Set<unknown>([trip.next(iterators[0])?.entry, trip.next(iterators[1])?.entry]);
          // The second iterator holds on to what the first one needs, and is gone before it.
          iterators[1].return();
          const other = world.rt.makeMap(kind.type, { hash0: 1 });
          for (let n = 0; n < 120; n++) {
            trip.step();
            other.set(kind.key(n), kind.elem(n));
          }
          for (const { entry } of trip.rest(iterators[0])) given.add(entry);
          left(before, trip, given);
          other.free();
        });
      });

      test('but for a NaN in the bucket that the iterator is in when a growth to the same size ends', () => {
        const [, , , kind] = MAP_KINDS as readonly MapKind[];
        const steps = world
          .stages(kind as MapKind)
          .filter(({ way, growing }) => way === 'same size' && growing);
        for (let start = 1n; gaps === 0 && start < 2000n; start++) {
          const stage = steps[Number(start) % steps.length] as Stage;
          const trip = reach(world.rt, world.draws, kind as MapKind, stage, start);
          const before = [...trip.live];
          const iterator = trip.map.entries();
          const given = new Set([trip.next(iterator)?.entry]);
          while (trip.map.oldbuckets.length > 0) trip.step();
          for (const { entry } of trip.rest(iterator)) given.add(entry);
          left(before, trip, given);
          trip.map.free();
        }
        expect(gaps).toBeGreaterThan(0);
      });
    });

    describe('3: an entry deleted before it is met is not met', () => {
      test.each(kinds)('%s', (_type, kind) => {
        // Growth goes on for so many writes between the first entry and the deletions.
        for (const writes of [0, 3, 60]) {
          world.atEveryStage(kind, (trip) => {
            const iterator = trip.map.entries();
            const first = trip.next(iterator);
            trip.advance(writes);
            const goes = [...trip.live].filter(
              ({ n, serial }) => n !== undefined && serial % 3 !== 0 && first?.entry.n !== n,
            );
            for (const { n } of goes) if (n !== undefined) trip.delete(n);
            const rest = trip.rest(iterator);
            expect(rest.filter(({ live }) => !live)).toEqual([]);
            const given = new Set([first?.entry, ...rest.map(({ entry }) => entry)]);
            expect(goes.filter((entry) => given.has(entry))).toEqual([]);
          });
        }
      });

      test.each(kinds)('%s, one deletion after each entry', (_type, kind) => {
        world.atEveryStage(kind, (trip) => {
          const met = trip.rest(trip.map.entries(), () => {
            const [last] = [...trip.live].filter(({ n }) => n !== undefined).slice(-1);
            if (last?.n !== undefined) trip.delete(last.n);
          });
          expect(met.filter(({ live }) => !live)).toEqual([]);
        });
      });
    });

    describe('4: the element met is the present one', () => {
      test.each(kinds)('%s', (_type, kind) => {
        for (const writes of [0, 3, 60]) {
          world.atEveryStage(kind, (trip) => {
            const iterator = trip.map.entries();
            trip.next(iterator);
            trip.advance(writes);
            for (const { n } of [...trip.live]) if (n !== undefined) trip.set(n);
            expect(trip.rest(iterator).filter(({ present }) => !present)).toEqual([]);
          });
        }
      });

      test.each(kinds)('%s, an entry that was deleted and has come back', (_type, kind) => {
        world.atEveryStage(kind, (trip) => {
          const iterator = trip.map.entries();
          trip.next(iterator);
          for (const { n } of [...trip.live]) {
            if (n === undefined) continue;
            trip.delete(n);
            trip.set(n);
          }
          expect(trip.rest(iterator).filter(({ live, present }) => !live || !present)).toEqual([]);
        });
      });
    });

    describe('5: an entry added on the way may be met or not', () => {
      test.each(kinds)('%s: some are, some are not, none twice', (_type, kind) => {
        let met = 0;
        let missed = 0;
        world.atEveryStage(kind, (trip) => {
          const iterator = trip.map.entries();
          trip.next(iterator);
          const added = Array.from({ length: 20 }, (_, i) => trip.set(10_000 + i));
          const rest = trip.rest(iterator);
          expect(twice(rest)).toEqual([]);
          expect(rest.filter(({ live, present }) => !live || !present)).toEqual([]);
          const given = new Set(rest.map(({ entry }) => entry));
          const found = added.filter((entry) => given.has(entry)).length;
          met += found;
          missed += added.length - found;
        });
        expect(met).toBeGreaterThan(0);
        expect(missed).toBeGreaterThan(0);
      });
    });

    describe('6: a nil map is read as an empty one and panics when it is written', () => {
      test.each(kinds)('%s', (type, kind) => {
        const idle = world.rt.machine.heapInUse;
        const nil = world.rt.nilMap(type);
        const empty = world.rt.makeMap(type);
        const uses = (m: typeof nil) => [
          m.get(kind.key(1)),
          m.has(kind.key(1)),
          m.lookup(kind.key(1)),
          m.delete(kind.key(1)),
          m.clear(),
          m.rangeDelete(),
          [...m],
          m.size,
          m.getMany([kind.key(1)]),
          m.deleteMany([kind.key(1)]),
        ];
        expect(uses(nil)).toEqual(uses(empty));
        for (const write of [
          () => nil.set(kind.key(1), kind.elem(1)),
          () => nil.setMany([kind.key(1)], [kind.elem(1)]),
        ]) {
          const error = thrown(write);
          expect([error instanceof GoPanic, error.message]).toEqual([true, 'assignment to entry in nil map']);
        }
        nil.free();
        empty.free();
        expect(world.rt.machine.heapInUse).toBe(idle);
      });
    });
  },
);

/* ---- 7 ---- */

const WRITES = 'concurrent map writes';
const READ_WRITE = 'concurrent map read and map write';
const ITERATION = 'concurrent map iteration and map write';

describe.each(BUILDS)('guarantees on the %s build', (build) => {
  describe('7: what another write in the middle of it shows is fatal', () => {
    const uses: readonly (readonly [
      string,
      (trip: Trip, open: ReturnType<Trip['map']['entries']>) => unknown,
    ])[] = [
      [READ_WRITE, ({ map, kind }) => map.get(kind.key(1))],
      [READ_WRITE, ({ map, kind }) => map.has(kind.key(99_999))],
      [WRITES, ({ map, kind }) => map.set(kind.key(1), kind.elem(1))],
      [WRITES, ({ map, kind }) => map.delete(kind.key(99_999))],
      [WRITES, ({ map }) => map.clear()],
      [ITERATION, ({ map }) => [...map]],
      [ITERATION, (_trip, open) => open.next()],
    ];

    test.each(kinds)('%s', async (_type, kind) => {
      const scout = new World();
      await scout.start(build, '1.19');
      const stages = scout.stages(kind);
      const steps = stages.filter(({ growing }) => growing);
      const chosen = [stages[0], stages[1], steps[1], steps.at(-2), stages.at(-1)] as Stage[];
      for (const [i, stage] of chosen.entries()) {
        for (const [text, use] of uses.filter((_, which) => which % 5 === i || which % 2 === i % 2)) {
          const world = new World();
          await world.start(build, '1.19');
          const trip = reach(world.rt, world.draws, kind, stage, 1n);
          const open = trip.map.entries();
          open.next();
          const at = trip.map.header.address + 8n;
          const flags = trip.map.header.flags;
          world.rt.memory.write(at, Uint8Array.of(flags | FLAG_HASH_WRITING));
          const error = thrown(() => use(trip, open));
          expect([error instanceof GoFatal, error.message]).toEqual([true, text]);
          expect(world.rt.machine.ended).toBe(error);
        }
      }
    });

    test.each(kinds)('%s: after an operation the flag is not set', async (_type, kind) => {
      const world = new World();
      await world.start(build, '1.19');
      for (const stage of world.stages(kind)) {
        const trip = reach(world.rt, world.draws, kind, stage, 1n);
        // Guarded, each write sets it and takes it back.
        world.rt.memory.write(trip.map.header.address, trip.map.header.bytes.slice(0, 1));
        expect(world.rt.machine.guarded).toBe(true);
        for (const write of [
          () => trip.set(77_777),
          () => trip.delete(77_777),
          () => trip.delete([...trip.live].find(({ n }) => n !== undefined)?.n ?? 77_778),
          () => trip.clear(),
        ]) {
          write();
          expect(trip.map.header.flags & FLAG_HASH_WRITING).toBe(0);
        }
      }
    });
  });
});

/* ---- 8 ---- */

describe.each(BUILDS)('guarantees on the %s build', (build) => {
  describe.each(['1.19', '1.23', '1.25-noswissmap'])('8: clearing on the way, Go %s', (goVersion) => {
    const marks = goVersion !== '1.19';
    const world = new World();
    beforeAll(() => world.start(build, goVersion, STARTS));

    /** Sets entries until an iterator that began on `array` is in neither array of the map. */
    function leave(trip: Trip, array: bigint): void {
      const { map } = trip;
      for (let n = 50_000; map.header.buckets === array || map.oldbuckets.length > 0; n++) trip.set(n);
    }

    /** A clear in the middle of an iteration, perhaps after growth, and with so many entries set after it. */
    function cleared(kind: MapKind, leaving: boolean, anew: number): Met[] {
      const ghosts: Met[] = [];
      world.atEveryStage(kind, (trip) => {
        const iterator = trip.map.entries();
        const first = trip.next(iterator);
        if (leaving) leave(trip, trip.map.header.buckets);
        const gone = new Set(trip.live);
        trip.clear();
        for (let n = 0; n < anew; n++) trip.set(20_000 + n);
        const rest = trip.rest(iterator);
        const old = rest.filter(({ entry }) => gone.has(entry));
        ghosts.push(...old);
        // What comes otherwise is there, and has its present element.
        expect(rest.filter(({ entry, live, present }) => !gone.has(entry) && !(live && present))).toEqual([]);
        // What was cleared comes once at the most, and not again where it was given before.
        expect(twice(old)).toEqual([]);
        expect(old.filter(({ entry }) => entry === first?.entry)).toEqual([]);
        if (marks) expect(twice(rest)).toEqual([]);
        expect(trip.map.size).toBe(anew);
      });
      return ghosts;
    }

    test.each(kinds)('%s, in an array of the map', (_type, kind) => {
      const ghosts = cleared(kind, false, 0);
      if (marks) expect(ghosts).toEqual([]);
      // An iterator that stands in an old bucket goes on in it.
      else expect(ghosts.length).toBeGreaterThan(0);
    });

    test.each(kinds)('%s, with entries set afterwards', (_type, kind) => {
      const ghosts = cleared(kind, false, 40);
      if (marks) expect(ghosts).toEqual([]);
      else expect(ghosts.length).toBeGreaterThan(0);
    });

    test.each(kinds)('%s, in an array that the map has left', (_type, kind) => {
      const ghosts = cleared(kind, true, 0);
      // Entries that have moved are looked up; a NaN can't be, and only from 1.24 on a count of clears says
      // that the map was cleared.
      if (kind.nan === undefined || goVersion === '1.25-noswissmap') expect(ghosts).toEqual([]);
      else {
        expect(ghosts.length).toBeGreaterThan(0);
        expect(ghosts.every(({ entry }) => entry.n === undefined)).toBe(true);
      }
    });
  });
});
