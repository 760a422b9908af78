/** AssemblyScript's own Map of uint64, over columns in its memory. */

let map = new Map<u64, u64>();
let hits: u32 = 0;

export function column(bytes: u32): usize {
  return heap.alloc(bytes);
}

export function fresh(): void {
  map = new Map<u64, u64>();
}

/** Gives back what is no longer used. */
export function collect(): void {
  __collect();
}

export function size(): u32 {
  return map.size;
}

/** Hits of the last lookups. */
export function found(): u32 {
  return hits;
}

export function set(keys: usize, elems: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    map.set(load<u64>(keys + (<usize>i << 3)), load<u64>(elems + (<usize>i << 3)));
  }
}

/** Looks up keys that are all there. */
export function get(keys: usize, n: u32): u64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < n; i++) sum += map.get(load<u64>(keys + (<usize>i << 3)));
  hits = n;
  return sum;
}

/** Looks up keys that may be absent: `get` ends the program for these. */
export function look(keys: usize, n: u32): u64 {
  let sum: u64 = 0;
  hits = 0;
  for (let i: u32 = 0; i < n; i++) {
    const key = load<u64>(keys + (<usize>i << 3));
    if (map.has(key)) {
      sum += map.get(key);
      hits++;
    }
  }
  return sum;
}

export function remove(keys: usize, n: u32): u32 {
  let gone: u32 = 0;
  for (let i: u32 = 0; i < n; i++) gone += <u32>map.delete(load<u64>(keys + (<usize>i << 3)));
  return gone;
}

/** The entries as two columns. */
export function drain(keys: usize, elems: usize): void {
  const ks = map.keys();
  const vs = map.values();
  memory.copy(keys, ks.dataStart, <usize>ks.length << 3);
  memory.copy(elems, vs.dataStart, <usize>vs.length << 3);
}
