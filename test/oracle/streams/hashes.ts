/** The hashes of keys before a stream runs, from the library's own hasher: keys that collide are found by them. */
import { type GoMap, GoPanic, Runtime } from 'hmap-wasm';
import { WyRand } from '../../support/builds.ts';
import type { Stream } from '../protocol.ts';
import { bytesOf, formOf, parseValue } from '../text.ts';

/** The hash of a key's text in the map of a stream. */
export type HashOf = (key: string) => bigint;

/** The hasher of a stream that gives its hash0. */
export async function hasherOf(
  stream: Pick<Stream, 'type' | 'hashkey' | 'hash0'>,
  release: string,
): Promise<HashOf> {
  const rt = await Runtime.create({
    goVersion: release,
    hashKey: stream.hashkey.map(BigInt) as [bigint, bigint, bigint, bigint],
    random: new WyRand(1n).source,
    memory: { limit: 2 ** 22 },
  });
  const map = rt.makeMap(stream.type, { hash0: stream.hash0 ?? 0 }) as unknown as GoMap;
  const { key: type } = map.shape;
  const { machine } = map;
  const seed = BigInt(stream.hash0 ?? 0);
  // A quarter of a million keys may have to be tried: bytes go to the hasher without becoming values first.
  if (formOf(type) === 'fixed' && type.size <= machine.stagingSize / 2) {
    return (key) => {
      machine.u8.set(bytesOf(key), machine.staging);
      return BigInt.asUintN(64, machine.core.mapHash(map.map, machine.staging, seed));
    };
  }
  return (key) => {
    try {
      return map.hash(parseValue(type, key));
    } catch (error) {
      // A key that cannot be hashed is in no bucket; any will do.
      const named = machine.explain(error);
      if (named instanceof GoPanic) return 0n;
      throw named;
    }
  };
}
