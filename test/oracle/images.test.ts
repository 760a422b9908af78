/** Images between the emulator and real Go: opened natively, and brought back. */
import { type GoMap, Runtime } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { WyRand } from '../support/builds.ts';
import { portOf } from './drivers/port.ts';
import { Snapshot } from './drivers/snapshot.ts';
import { BASES, samples, TYPES } from './images/maps.ts';
import { exportFromGo, type Opened, openNatively } from './images/native.ts';
import { ARCHES, type Arch, commandOf, type FoundGo, findGo, GO_RELEASES, isFound } from './judge.ts';
import type { Dump, Op, Stream } from './protocol.ts';
import { randomStream } from './streams/random.ts';

/** Of the matrix that `npm run oracle:images` goes through, one image in so many. */
const PART: Readonly<Record<Arch, number>> = { amd64: 12, arm64: 48 };

const released = await Promise.all(GO_RELEASES.map((release) => findGo(release, { fetch: false })));
const runnable: [FoundGo, Arch][] = [];
for (const go of released.filter(isFound)) {
  for (const arch of ARCHES) {
    if ((await commandOf('true', arch)) === undefined)
      console.log(`images of Go ${go.release.name} on ${arch} are skipped: nothing here runs its programs`);
    else runnable.push([go, arch]);
  }
}
if (runnable.length === 0) console.log('images are not opened by real Go: none is installed here');

/** What can be done with every map, and what only with one whose collector sees all that is written. */
const READ = ['len', 'lookups', 'misses'];
const ALL = [...READ, 'iteration', 'overwrite', 'delete', 'growth', 'clear', 'refill'];

describe.each(runnable)('$0.release.name on %1$s', (go, arch) => {
  test('opens images of the emulator in each way, and uses the maps', { timeout: 600_000 }, async () => {
    const chosen = samples(PART[arch], 7);
    const opened = await openNatively(go, arch, chosen);
    expect(opened.filter(({ error }) => error !== undefined)).toEqual([]);
    for (const { name, kind, index } of chosen) {
      const of = (way: string): Opened['did'] | undefined =>
        opened.find((each) => each.sample === name && each.way === way)?.did;
      const pointers = /string|136|200/.test(kind.type);
      const iterates = pointers || index % 2 === 1 ? ['iteration'] : [];
      expect(of('in place')).toEqual([...READ, ...iterates]);
      expect(of('header')).toEqual(pointers ? [...READ, 'iteration'] : ALL);
      expect(of('copied')).toEqual(ALL);
    }
  });
});

/** Lists of overflow buckets as sets: an image keeps their order no more than Go's collector cares for it. */
function withoutOrder(dump: Dump): Dump {
  const { extra } = dump;
  if (extra === null) return dump;
  const sorted = (list: NonNullable<Dump['extra']>['overflow']) =>
    list === null ? null : { ...list, list: [...list.list].sort() };
  return {
    ...dump,
    extra: { ...extra, overflow: sorted(extra.overflow), oldoverflow: sorted(extra.oldoverflow) },
  };
}

/** A map that a stream's operations are done on. */
class Follower {
  readonly #port;
  readonly #snapshot: Snapshot;
  readonly #map: GoMap;

  constructor(rt: Runtime, map: GoMap) {
    this.#map = map;
    this.#port = portOf(map);
    this.#snapshot = new Snapshot(rt, map);
  }

  apply(op: Op): void {
    if (op[0] === 'set') this.#port.set(op[1], op[2]);
    else if (op[0] === 'del') this.#port.del(op[1]);
    else if (op[0] === 'clear') this.#map.clear();
  }

  dump(after: number): Dump {
    this.#map.verify();
    return withoutOrder(this.#snapshot.dump(after));
  }

  setHash0(hash0: number): void {
    this.#snapshot.setHash0(hash0);
  }
}

/** A random stream of writes. */
async function writes(type: string, seed: number, release: string): Promise<Stream> {
  const stream = await randomStream(type, seed, { release, most: 700, rangedel: false });
  return { ...stream, dump: -1, ops: stream.ops.filter(([name]) => ['set', 'del', 'clear'].includes(name)) };
}

describe.each(runnable)('from $0.release.name on %1$s', (go, arch) => {
  const types = TYPES.filter((_, i) => arch === 'amd64' || i % 6 === 0);

  test.each(types)('%s comes as an image, and the emulator goes on with it as Go would', async (type) => {
    const release = go.release.name;
    for (const seed of [1, 2]) {
      const whole = await writes(type, seed, release);
      const cut = Math.floor(whole.ops.length / 2);
      const exported = await exportFromGo(
        go,
        { ...whole, ops: whole.ops.slice(0, cut) },
        BASES[seed % 2] as bigint,
        arch,
      );
      const random = new WyRand(BigInt(whole.seed));
      const own = await Runtime.create({
        goVersion: release,
        target: `linux/${arch}`,
        hashKey: whole.hashkey.map(BigInt) as [bigint, bigint, bigint, bigint],
        random: random.source,
        memory: { limit: 2 ** 26 },
      });
      const { hint = -1 } = whole;
      const follower = new Follower(own, own.makeMap(type, hint < 0 ? {} : { hint }) as unknown as GoMap);
      if (whole.hash0 !== undefined) {
        follower.setHash0(whole.hash0);
        random.reset(BigInt(whole.seed));
      }
      for (const op of whole.ops.slice(0, cut)) follower.apply(op);

      const drawn = new WyRand(random.state);
      const { runtime, map } = await Runtime.open(exported.bytes, {
        build: 'checked',
        random: drawn.source,
        memory: { limit: 2 ** 26 },
      });
      const lines = [...runtime.image(map).lines()].sort().join('');
      expect(lines).toBe(
        exported.entries
          .split(/(?<=\n)/)
          .sort()
          .join(''),
      );
      const opened = new Follower(runtime, map as unknown as GoMap);
      expect(opened.dump(cut)).toEqual(follower.dump(cut));
      for (const [i, op] of whole.ops.slice(cut).entries()) {
        opened.apply(op);
        follower.apply(op);
        if (i % 50 === 0) expect(opened.dump(i)).toEqual(follower.dump(i));
      }
      expect(opened.dump(0)).toEqual(follower.dump(0));
    }
  });
});
