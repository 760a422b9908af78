/** Reads an image into the emulated heap: a copy that the engine trusts, since it has been looked at whole. */
import { FLAG_HASH_WRITING, FLAG_ITERATOR, FLAG_OLD_ITERATOR } from '../../../assembly/shared/golayout.ts';
import type { MapShape } from '../../gotype/index.ts';
import { hex, InvariantViolation } from '../../machine/errors.ts';
import type { Machine } from '../../machine/machine.ts';
import type { GoMap } from '../../map/index.ts';
import { copyMap, type Room } from './copy.ts';
import { checkPortable, fromHex } from './entries.ts';
import { ImageError, type ImageHeader } from './format.ts';
import { MapWalk } from './walk.ts';
import { imageSpace, layoutOf } from './write.ts';

/** @throws Unsupported for a type that no image holds; ImageError if the image takes it for another one */
export function checkShape(header: ImageHeader, shape: MapShape): void {
  checkPortable(shape);
  const fields = [
    ['keysize', header.keysize, shape.keySize],
    ['elemsize', header.elemsize, shape.elemSize],
    ['bucketsize', header.bucketsize, shape.bucketSize],
    ['flags', header.flags, shape.flags],
  ] as const;
  for (const [name, said, is] of fields) {
    if (said !== is)
      throw new ImageError(`${shape.type.string} has the ${name} ${is}, the image says ${said}`);
  }
}

/**
 * Copies the map of an image into the heap of a machine. The offset of its header.
 * @throws ImageError, OutOfMemory
 */
export function readImage(
  machine: Machine,
  type: number,
  shape: MapShape,
  header: ImageHeader,
  bytes: Uint8Array,
): number {
  const layout = layoutOf(machine, type);
  const walk = new MapWalk(imageSpace(bytes, header.base), shape, layout, header.hmap);
  if ((walk.flags & FLAG_HASH_WRITING) !== 0) {
    throw new ImageError('hmap.flags has hashWriting: the map was written to while the image was made');
  }
  if ((walk.flags & (FLAG_ITERATOR | FLAG_OLD_ITERATOR)) !== 0) {
    throw new ImageError(
      'hmap.flags has the bits of iterators, which no image holds: clear both in the image',
    );
  }
  if (walk.count !== BigInt(header.count) || walk.hash0 !== header.hash0) {
    throw new ImageError(
      `the first page says count ${header.count} and hash0 ${header.hash0}, hmap ${walk.count} and ${walk.hash0}`,
    );
  }
  return copyMap(walk, layout, new HeapRoom(machine), 'needed');
}

/** Checks what the engine relies on, and that the image's process hashes as this one. @throws ImageError */
export function checkOpened(map: GoMap, header: ImageHeader): void {
  const { key: type } = map.shape;
  for (const { key, seed, hash } of header.check) {
    const bytes = fromHex(key);
    if (type.kind !== 'string' && bytes.length !== type.size) {
      throw new ImageError(
        `a hash check of ${type.string} has ${type.size} bytes, the image's ${bytes.length}`,
      );
    }
    const own = map.raw.hash(bytes, seed);
    if (own === hash) continue;
    throw new ImageError(
      `the image's process hashed ${key === '' ? 'an empty key' : key} to ${hex(hash)}, here it is ${hex(own)}: ` +
        'make the image in a process without the AES hash (GODEBUG=cpu.aes=off), and give its runtime.hashkey',
    );
  }
  try {
    map.verify();
  } catch (error) {
    if (!(error instanceof InvariantViolation)) throw error;
    throw new ImageError(`the image holds no map in order: ${error.message}`, { cause: error });
  }
}

/** The emulated heap as room for a map. */
class HeapRoom implements Room {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get bytes(): Uint8Array {
    return this.#machine.u8;
  }

  allocate(size: number): number {
    try {
      return this.#machine.core.newObject(size) >>> 0;
    } catch (error) {
      throw this.#machine.explain(error);
    }
  }

  addressOf(offset: number): bigint {
    return this.#machine.toAddress(offset);
  }

  listCapacity(wanted: number): number {
    return Number(this.#machine.core.appendedCapacity(BigInt(wanted)));
  }
}
