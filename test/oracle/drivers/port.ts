/** The two ways into a map of the library: by canonical bytes where its types have them, by values elsewhere. */
import { type GoMap, type MapIterator, parseMapType } from 'hmap-wasm';
import { canonicalOf, hasCanonicalBytes, parseValue, textOf, textOfCanonical } from '../text.ts';

/** A running iteration. */
export type Walk = MapIterator<[unknown, unknown]>;

/** A map whose keys and elements are texts. */
export interface Port {
  set(key: string, elem: string): void;
  get(key: string): string | null;
  del(key: string): void;
  hash(key: string): bigint;
  walk(): Walk;
  /** The texts of what a walk has given. */
  texts(entry: readonly [unknown, unknown]): readonly [key: string, elem: string];
}

/** `raw` keeps every bit, those of a NaN too, but takes no strings within arrays and structs. */
export function portOf(map: GoMap): Port {
  const { key, elem } = map.shape;
  return hasCanonicalBytes(key) && hasCanonicalBytes(elem) ? new RawPort(map) : new ValuePort(map);
}

/** Whether streams on a map type run by canonical bytes. */
export function isRaw(type: string): boolean {
  const { key, elem } = parseMapType(type);
  return hasCanonicalBytes(key) && hasCanonicalBytes(elem);
}

/** Keys come again and again: what a text means is worked out once. */
class Cache<T> {
  readonly #known = new Map<string, T>();
  readonly #make: (text: string) => T;

  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  of(text: string): T {
    let value = this.#known.get(text);
    if (value === undefined) {
      value = this.#make(text);
      this.#known.set(text, value);
    }
    return value;
  }
}

class RawPort implements Port {
  readonly #map: GoMap;
  readonly #keys: Cache<Uint8Array>;
  readonly #values: Cache<unknown>;

  constructor(map: GoMap) {
    const { key } = map.shape;
    this.#map = map;
    this.#keys = new Cache((text) => canonicalOf(key, text));
    this.#values = new Cache((text) => parseValue(key, text));
  }

  set(key: string, elem: string): void {
    this.#map.raw.set(this.#keys.of(key), canonicalOf(this.#map.shape.elem, elem));
  }

  get(key: string): string | null {
    const found = this.#map.raw.get(this.#keys.of(key));
    return found === undefined ? null : textOfCanonical(this.#map.shape.elem, found);
  }

  del(key: string): void {
    this.#map.raw.delete(this.#keys.of(key));
  }

  hash(key: string): bigint {
    return this.#map.hash(this.#values.of(key));
  }

  walk(): Walk {
    return this.#map.raw[Symbol.iterator]();
  }

  texts(entry: readonly [unknown, unknown]): readonly [string, string] {
    const { key, elem } = this.#map.shape;
    return [textOfCanonical(key, entry[0] as Uint8Array), textOfCanonical(elem, entry[1] as Uint8Array)];
  }
}

class ValuePort implements Port {
  readonly #map: GoMap;
  readonly #keys: Cache<{ readonly value: unknown }>;

  constructor(map: GoMap) {
    this.#map = map;
    this.#keys = new Cache((text) => ({ value: parseValue(map.shape.key, text) }));
  }

  set(key: string, elem: string): void {
    this.#map.set(this.#keys.of(key).value, parseValue(this.#map.shape.elem, elem));
  }

  get(key: string): string | null {
    // A value API that gives undefined for an element would give it for none of Go's.
    const found = this.#map.get(this.#keys.of(key).value);
    return found === undefined ? null : textOf(this.#map.shape.elem, found);
  }

  del(key: string): void {
    this.#map.delete(this.#keys.of(key).value);
  }

  hash(key: string): bigint {
    return this.#map.hash(this.#keys.of(key).value);
  }

  walk(): Walk {
    return this.#map.entries();
  }

  texts(entry: readonly [unknown, unknown]): readonly [string, string] {
    const { key, elem } = this.#map.shape;
    return [textOf(key, entry[0]), textOf(elem, entry[1])];
  }
}
