/** The entries of a map as canonical bytes: the raw bytes of a fixed-size value, the content of a string. */
import { BUCKET_CNT, MIN_TOP_HASH } from '../../../assembly/shared/golayout.ts';
import type { GoType, MapShape } from '../../gotype/index.ts';
import { Unsupported } from '../../machine/errors.ts';
import type { MapWalk } from './walk.ts';

/**
 * Images hold maps whose keys and elements are strings or have no pointers.
 * @throws Unsupported for another type: where it points to is of no use to another process
 */
export function checkPortable(shape: MapShape): void {
  for (const type of [shape.key, shape.elem]) {
    if (type.kind === 'string' || type.ptrdata === 0) continue;
    throw new Unsupported(
      `values of type ${type.string} hold addresses of the process that they are from; ` +
        'an image takes strings and types without pointers',
    );
  }
}

/** Every entry in the order of the buckets, old ones first. The bytes are those of the space itself. */
export function* entriesOf(walk: MapWalk): Generator<readonly [Uint8Array, Uint8Array]> {
  const { key, keyOffset, keySize, keyIndirect, elem, elemOffset, elemSize, elemIndirect } = walk.shape;
  for (const { at, evacuated } of walk.met()) {
    if (evacuated) continue;
    for (let i = 0; i < BUCKET_CNT; i++) {
      if ((walk.space.bytes[at + i] as number) < MIN_TOP_HASH) continue;
      yield [
        valueIn(walk, at + keyOffset + i * keySize, key, keyIndirect),
        valueIn(walk, at + elemOffset + i * elemSize, elem, elemIndirect),
      ];
    }
  }
}

function valueIn(walk: MapWalk, slot: number, type: GoType, indirect: boolean): Uint8Array {
  if (type.kind === 'string') return walk.string(slot);
  const at = indirect ? walk.find(walk.word(slot), type.size, 'a value that is held by pointer') : slot;
  return walk.space.bytes.subarray(at, at + type.size);
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes as hex digits in lower case. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/** The bytes of hex digits. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}
