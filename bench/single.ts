/**
 * Single operations with uint64 keys, against the built-in Map holding bigints.
 *
 * The loops are written out for each engine: one body would see both kinds of
 * map and be compiled well for neither.
 */
import { Runtime } from 'hmap-wasm';
import { shuffled, wideKeys } from './keys.ts';
import type { Pair } from './pairs.ts';

/** get, overwriting set, and set into a growing map, of `len` entries. */
export async function singlePairs(len: number): Promise<Pair[]> {
  const rt = await Runtime.create({ seed: 1 });
  const keys = wideKeys(len);
  const order = shuffled(keys);
  const ours = rt.makeMap('map[uint64]uint64');
  const peer = new Map<bigint, bigint>();
  for (const key of keys) {
    ours.set(key, key);
    peer.set(key, key);
  }
  for (const key of keys) if (ours.get(key) !== peer.get(key)) throw new Error('the engines disagree');
  const label = (op: string) => `engine=classic/key=uint64/elem=uint64/len=${len}/op=${op}/peer=Map(bigint)`;
  return [
    {
      label: label('get'),
      count: len,
      ours: () => {
        for (let i = 0; i < len; i++)
          if (ours.get(order[i] as bigint) === undefined) throw new Error('missing');
      },
      peer: () => {
        for (let i = 0; i < len; i++)
          if (peer.get(order[i] as bigint) === undefined) throw new Error('missing');
      },
    },
    {
      label: label('set-overwrite'),
      count: len,
      ours: () => {
        for (let i = 0; i < len; i++) ours.set(order[i] as bigint, order[i] as bigint);
      },
      peer: () => {
        for (let i = 0; i < len; i++) peer.set(order[i] as bigint, order[i] as bigint);
      },
    },
    {
      label: label('set-grow'),
      count: len,
      ours: () => {
        const map = rt.makeMap('map[uint64]uint64');
        for (let i = 0; i < len; i++) map.set(keys[i] as bigint, keys[i] as bigint);
        map.free();
      },
      peer: () => {
        const map = new Map<bigint, bigint>();
        for (let i = 0; i < len; i++) map.set(keys[i] as bigint, keys[i] as bigint);
      },
    },
  ];
}
