/**
 * Random hostile streams: a map is brought to some stage of its life, a few of its bytes are written from
 * outside, and operations follow.
 *
 * Only such corruptions are made whose outcome follows from the map's own memory, and from addresses at which
 * there surely is nothing. What is behind or between a map's objects is another matter in the emulator than in
 * Go, so these are left out:
 *
 * - a B that is a little too large, and sameSizeGrow set where it is not, since buckets behind the array are read;
 * - a nevacuate at or a little above the number of old buckets, or below zero, for the same reason;
 * - a smaller B in the middle of a growth, when nevacuate is behind the last old bucket and goes on from there;
 * - clearing under a B that is far too large, or above 63: Go wipes its heap from the buckets on, its own state included;
 * - an assignment where buckets is nil and B is not 0: Go makes one bucket, and reads on behind it;
 * - buckets at an array smaller than B asks for, or in the middle of one;
 * - string lengths a little too large, and type words of other interfaces, which read on behind a value;
 * - an overflow list at memory that is none: what `append` then writes, it writes anywhere.
 *
 * A value that is not there cannot be shown either: keys whose pointers were written are not iterated over.
 */
import { type GoMap, type GoType, parseMapType, Runtime } from 'hmap-wasm';
import { WyRand } from '../../support/builds.ts';
import { portOf } from '../drivers/port.ts';
import type { HashKey, Op, Stream } from '../protocol.ts';
import { formOf } from '../text.ts';
import { Prng } from './prng.ts';
import { elemText, keyText, STYLES, type Style } from './values.ts';

/** A type for each path, and for each way in which keys and elements are held. */
export const HOSTILE_TYPES: readonly string[] = [
  'map[uint64]uint64',
  'map[string]uint64',
  'map[uint32]uint64',
  'map[uint64]string',
  'map[*int]uint64',
  'map[uint32]*int',
  'map[string]string',
  'map[float64]uint64',
  'map[[16]byte]uint64',
  'map[interface{}]uint64',
  'map[[129]byte]uint32',
  'map[uint64][129]byte',
  'map[string][129]byte',
  'map[struct{a int64; s string}]int8',
  'map[float32]string',
  'map[uint8]struct{}',
  'map[uint16]interface{}',
  'map[[2]string]uint64',
];

type Stage = 'small' | 'still' | 'doubling' | 'same size' | 'spares' | 'empty';
const STAGES: readonly Stage[] = [
  'small',
  'small',
  'still',
  'still',
  'doubling',
  'doubling',
  'doubling',
  'same size',
  'same size',
  'spares',
  'empty',
];

/** The stream of a type that a seed stands for. */
export async function hostileStream(type: string, seed: number, release: string): Promise<Stream> {
  const scene = await Scene.create(type, seed, release);
  scene.live();
  const { random } = scene;
  for (let left = 1 + random.int(3); left > 0; left--) scene.corrupt();
  for (let left = 5 + random.int(16); left > 0; left--) scene.operate();
  return scene.stream();
}

const hex = (value: bigint | number, size: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes.toString('hex', 0, size);
};

/** Addresses at which there is nothing. */
const NOWHERE = ['@nil', '@nil', '@low', '@unmapped', '@far', '@wild', '@top'] as const;

class Scene {
  readonly random: Prng;
  readonly #head: Omit<Stream, 'ops'>;
  readonly #map: GoMap;
  readonly #rt: Runtime;
  readonly #stage: Stage;
  readonly #ops: Op[] = [];
  readonly #style: Style;
  readonly #key: GoType;
  readonly #elem: GoType;
  readonly #space: number;
  /** Whether the one field was written on which the others' limits depend. */
  #bent = false;
  #clearable = true;
  #legible = true;
  #settable = true;
  /** Whether operations have followed the first corruption: the map is no longer as it is known here. */
  #begun = false;

  private constructor(rt: Runtime, head: Omit<Stream, 'ops'>, random: Prng, stage: Stage) {
    const { key, elem } = parseMapType(head.type);
    this.random = random;
    this.#rt = rt;
    this.#head = head;
    this.#stage = stage;
    this.#key = key;
    this.#elem = elem;
    this.#style = random.pick(STYLES);
    this.#space = 20 + random.int(80);
    const options = { hash0: head.hash0 ?? 0, ...(head.hint === undefined ? {} : { hint: head.hint }) };
    this.#map = rt.makeMap(head.type, options) as unknown as GoMap;
  }

  /** A map is brought to its stage on the emulator first, to see what there is to corrupt. */
  static async create(type: string, seed: number, release: string): Promise<Scene> {
    const random = new Prng(seed);
    const stage = random.pick(STAGES);
    const head = {
      type,
      ...(stage === 'spares' ? { hint: 105 + random.int(100) } : {}),
      hash0: random.u32(),
      hashkey: Array.from(
        { length: 4 },
        () => `0x${(BigInt(random.word()) | 1n).toString(16)}`,
      ) as unknown as HashKey,
      seed: random.word(),
      dump: -1,
    };
    const rt = await Runtime.create({
      goVersion: release,
      hashKey: head.hashkey.map(BigInt) as [bigint, bigint, bigint, bigint],
      random: new WyRand(BigInt(head.seed)).source,
      memory: { limit: 2 ** 22 },
    });
    return new Scene(rt, head, random, stage);
  }

  stream(): Stream {
    return { ...this.#head, ops: this.#ops };
  }

  /** Brings the map to its stage. */
  live(): void {
    const { random } = this;
    const port = portOf(this.#map);
    const walkAt = random.int(5) < 2 ? random.int(60) : -1;
    const apply = (op: Op): void => {
      this.#ops.push(op);
      if (op[0] === 'set') port.set(op[1], op[2]);
      else if (op[0] === 'del') port.del(op[1]);
      else if (op[0] === 'iter') port.walk().next();
    };
    const count =
      this.#stage === 'empty'
        ? random.int(2)
        : this.#stage === 'small'
          ? 1 + random.int(8)
          : 9 + random.int(60);
    // A window of keys makes overflow buckets, and with them growth to the same size.
    const width = this.#stage === 'same size' ? 26 : 500;
    const most = this.#stage === 'same size' || this.#stage === 'doubling' ? 300 : count;
    for (let n = 0; n < most && !(n >= count && this.#arrived()); n++) {
      if (n === walkAt) {
        apply(['iter']);
        for (let left = random.int(4); left > 0; left--) this.#ops.push(['next']);
      }
      if (n >= width) apply(['del', this.#keyText(n - width)]);
      apply(['set', this.#keyText(n), elemText(this.#elem, random)]);
    }
    if (walkAt >= 0 && !this.#ops.some((op) => op[0] === 'iter')) this.#ops.push(['iter'], ['next']);
  }

  #arrived(): boolean {
    const { oldbuckets, flags } = this.#map.header;
    if (this.#stage === 'doubling') return oldbuckets !== 0n && (flags & 8) === 0;
    if (this.#stage === 'same size') return oldbuckets !== 0n && (flags & 8) !== 0;
    return true;
  }

  /** Number `n` as a key; a key that cannot be hashed would stop the scene. */
  #keyText(n: number): string {
    return keyText(this.#key, this.#style, n % 97 === 41 ? n + 1 : n);
  }

  #poke(place: string, offset: number, value: string): void {
    this.#ops.push(['poke', place, String(offset), value]);
  }

  /** One write from outside. */
  corrupt(): void {
    const at = this.random.int(10);
    if (at < 4) this.#corruptHeader();
    else if (at === 4) this.#corruptExtra();
    else this.#corruptBucket();
  }

  #corruptHeader(): void {
    const { random } = this;
    // A growth to the same size may have ended since.
    const flags = this.#map.header.flags & (this.#begun ? ~8 : 0xff);
    const harmless: (() => void)[] = [
      () => this.#poke('h', 0, hex(random.pick([0, 1, 2, 7, 8, 9, 99, -1, 2 ** 40, random.int(60)]), 8)),
      () => this.#poke('h', 8, hex(flags ^ random.pick([1, 2, 3, 4, 16, 4, 0xf0, 1]), 1)),
      () => this.#poke('h', 10, hex(random.pick([0, 1, 7, 0xffff, 2 ** 15, random.int(2 ** 16)]), 2)),
      () => this.#poke('h', 12, hex(random.pick([0, 0xffffffff, random.u32()]), 4)),
    ];
    if (this.#bent || this.#begun || random.int(2) === 0) random.pick(harmless)();
    else {
      this.#bent = true;
      this.#bend();
    }
  }

  /** The fields that say how large arrays are, and where: one of them a stream. */
  #bend(): void {
    const { random } = this;
    const { B, oldbuckets } = this.#map.header;
    const growing = oldbuckets !== 0n;
    const sameSize = growing && (this.#map.header.flags & 8) !== 0;
    const old = sameSize ? 2 ** B : 2 ** (B - 1);
    const { nevacuate } = this.#map.header;
    const at = random.int(5);
    if (at === 0) {
      const lower = B > 0 ? [random.int(B), 0, 64] : [64];
      const far = random.pick([36, 38, 40, 44, 100]);
      const near = random.pick([...lower, ...(B > 0 ? [65] : [])]);
      const value = growing || random.int(3) === 0 ? far : near;
      this.#poke('h', 9, hex(value, 1));
      this.#clearable = value < 36;
    } else if (at === 1) {
      this.#settable = B === 0;
      this.#poke('h', 16, random.pick([...NOWHERE, '@nil', ...(sameSize ? ['@oldbuckets'] : [])]));
    } else if (at === 2) {
      // Half of the current array is an array of old buckets as good as any.
      const nowhere = sameSize ? NOWHERE.filter((name) => name !== '@nil') : NOWHERE;
      this.#poke(
        'h',
        24,
        random.pick([...nowhere, ...(B > 0 && (growing || nevacuate === 0n) ? ['@buckets'] : [])]),
      );
    } else if (at === 3) {
      const within = growing ? random.int(old) : random.u32();
      this.#poke('h', 32, hex(random.pick([0, within, within, 2n ** 40n, 2n ** 59n]), 8));
    } else if (sameSize && nevacuate < 2 ** (B - 1)) {
      this.#poke('h', 8, hex(this.#map.header.flags & ~8, 1));
    } else {
      const { extra } = this.#rt.release.hmap;
      this.#poke('h', extra, random.pick([...NOWHERE, '@nil', '@h']));
    }
  }

  #corruptExtra(): void {
    const { random } = this;
    const { header } = this.#map;
    if (header.extra === 0n) {
      this.#corruptBucket();
      return;
    }
    const at = random.int(3);
    if (at === 0) this.#poke('x', 0, '@nil');
    else if (at === 1) this.#poke('x', 8, random.pick(['@extra', '@nil', '@unmapped']));
    else this.#poke('x', 16, random.pick([...NOWHERE, `@${this.#place()[0]}`]));
  }

  /** A bucket by its name, with its view. */
  #place() {
    const { random } = this;
    const { buckets, oldbuckets } = this.#map;
    const old = oldbuckets.length > 0 && random.int(2) === 0;
    const first = (old ? oldbuckets : buckets).at(random.int((old ? oldbuckets : buckets).length));
    if (first === undefined) return ['h'] as const;
    const chain = [...first.chain()];
    const deep = random.int(chain.length);
    return [`${old ? 'o' : 'b'}${first.index}${deep === 0 ? '' : `.${deep}`}`, chain[deep]] as const;
  }

  #corruptBucket(): void {
    const { random } = this;
    const { shape } = this.#map;
    const [name, bucket] = this.#place();
    if (bucket === undefined) {
      this.#corruptHeader();
      return;
    }
    const i = random.int(8);
    const pointed =
      shape.keyIndirect ||
      shape.elemIndirect ||
      formOf(this.#key) !== 'fixed' ||
      formOf(this.#elem) !== 'fixed';
    const at = random.int(10);
    if (at < 4) {
      const value = random.pick([0, 1, 2, 3, 4, 5, random.int(256), bucket.bytes[random.int(8)] as number]);
      const slot = random.int(3) === 0 ? 0 : i;
      // An empty slot that is said to be filled has no pointers.
      if (pointed && value !== 0 && value !== 1 && value !== 4) this.#legible = false;
      this.#poke(name, slot, hex(value, 1));
    } else if (at < 6) {
      // A ring is what makes Go hang, which takes time to see.
      const ring = random.int(4) === 0 ? [`@${name}`, `@${this.#place()[0]}`] : [];
      const nowhere = [...NOWHERE];
      const link = random.pick([...nowhere, ...ring, ...ring, ...ring].filter((to) => to !== '@h'));
      this.#poke(name, shape.overflowOffset, link);
    } else if (at < 9) {
      this.#corruptKey(name, shape.keyOffset + i * shape.keySize);
    } else {
      this.#corruptElem(name, shape.elemOffset + i * shape.elemSize);
    }
  }

  #corruptKey(name: string, at: number): void {
    const { random } = this;
    const { shape } = this.#map;
    if (shape.keyIndirect) {
      this.#legible = false;
      this.#poke(name, at, random.pick(NOWHERE));
    } else if (this.#key.kind === 'string') {
      this.#legible = false;
      if (random.int(3) > 0) this.#poke(name, at, random.pick(NOWHERE));
      else this.#poke(name, at + 8, hex(random.pick([0, 0, 1, 2n ** 40n, 2n ** 62n, -1]), 8));
    } else if (this.#key.kind === 'interface') {
      this.#legible = false;
      this.#poke(name, at + 8 * random.int(2), random.pick(NOWHERE));
    } else if (formOf(this.#key) === 'fixed' && this.#key.size > 0) {
      const size = 1 + random.int(this.#key.size);
      this.#poke(name, at, random.hex(2 * size));
    } else {
      this.#legible = false;
      this.#poke(
        name,
        at + 8 * Math.floor(random.int(this.#key.size) / 8),
        random.pick(['@nil', '@wild', '@far']),
      );
    }
  }

  #corruptElem(name: string, at: number): void {
    const { random } = this;
    const { shape } = this.#map;
    if (shape.elemIndirect) {
      this.#legible = false;
      this.#poke(name, at, random.pick(NOWHERE));
    } else if (formOf(this.#elem) === 'fixed' && this.#elem.size > 0) {
      this.#poke(name, at, random.hex(2 * this.#elem.size));
    }
  }

  /** One operation on what is left. */
  operate(): void {
    const { random } = this;
    this.#begun = true;
    const key = () => this.#keyText(random.int(this.#space));
    const at = random.int(100);
    if (at < 35) this.#ops.push(['get', key()]);
    else if (at < 65 && this.#settable) this.#ops.push(['set', key(), elemText(this.#elem, random)]);
    else if (at >= 35 && at < 82) this.#ops.push(['del', key()]);
    else if (at < 86 && this.#clearable) this.#ops.push([random.int(2) === 0 ? 'clear' : 'rangedel']);
    else if (at < 89) this.corrupt();
    else if (this.#legible) this.#ops.push([at < 92 ? 'iter' : 'next']);
  }
}
