/**
 * A seeded generator of C declarations that gcc takes on both targets, for comparing layouts. The same seed
 * gives the same text on every machine.
 */

/**
 * @typedef {object} Probe a member whose place is asked for
 * @property {string} path as C writes it: `a.b`
 * @property {boolean} bits whether it is a bit-field
 *
 * @typedef {object} Declared
 * @property {string} name the type's name: `struct t7`
 * @property {string} text
 * @property {Probe[]} probes
 */

/** @param {number} seed mulberry32 */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const INTS = [
  ['char', 8],
  ['signed char', 8],
  ['unsigned char', 8],
  ['short', 16],
  ['unsigned short', 16],
  ['int', 32],
  ['unsigned', 32],
  ['long', 64],
  ['long unsigned int', 64],
  ['long long', 64],
  ['unsigned long long', 64],
  ['_Bool', 1],
  ['__int128', 128],
  ['unsigned __int128', 128],
];
const OTHERS = [
  ...['float', 'double', 'long double', 'void *', 'const char *', 'int (*)(int)', 'float _Complex'],
  ...['_Complex double', 'long double _Complex', '_Float128', 'unsigned long const'],
];
const ALIGNS = [1, 2, 4, 8, 16, 32, 64];

class Generator {
  /** @param {number} seed */
  constructor(seed) {
    this.next = random(seed);
    /** @type {Declared[]} */
    this.done = [];
    /** Names of types that may be members. @type {{ name: string, array: boolean, width?: number }[]} */
    this.types = [];
    this.serial = 0;
  }

  /** @param {number} below */
  below(below) {
    return Math.floor(this.next() * below);
  }

  /** @param {number} chance */
  odds(chance) {
    return this.next() < chance;
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return /** @type {T} */ (list[this.below(list.length)]);
  }

  name() {
    this.serial += 1;
    return `m${this.serial}`;
  }

  /** @param {boolean} packed whether `packed` may be in it */
  attribute(packed = true) {
    if (packed && this.odds(0.35))
      return this.pick(['__attribute__((packed))', '__attribute__((__packed__))']);
    if (packed && this.odds(0.2)) return `__attribute__((packed, aligned(${this.pick(ALIGNS)})))`;
    if (this.odds(0.1)) return '__attribute__((aligned))';
    return `__attribute__((aligned(${this.pick(ALIGNS)})))`;
  }

  /** @param {number} chance @param {boolean} [packed] */
  maybe(chance, packed = true) {
    return this.odds(chance) ? `${this.attribute(packed)} ` : '';
  }

  /** @returns {{ name: string, array: boolean, width?: number }} */
  memberType() {
    const kind = this.next();
    if (kind < 0.5) return { name: `${this.pick(INTS)[0]}`, array: true };
    if (kind < 0.72) return { name: this.pick(OTHERS), array: true };
    if (this.types.length === 0) return { name: 'int', array: true };
    // Lately declared ones, so that sizes stay small.
    return this.pick(this.types.slice(-25));
  }

  /** @param {string} type @param {string} name @param {string} suffix */
  declare(type, name, suffix) {
    return type.includes('(*)') ? type.replace('(*)', `(*${name}${suffix})`) : `${type} ${name}${suffix}`;
  }

  /** @param {Probe[]} probes @param {string} prefix */
  plain(probes, prefix) {
    const type = this.memberType();
    const basic = !this.types.includes(type);
    const strict = basic && this.odds(0.08);
    const names = this.odds(0.15) && !type.name.includes('*') ? [this.name(), this.name()] : [this.name()];
    const parts = names.map((name, i) => {
      probes.push({ path: prefix + name, bits: false });
      const suffix = type.array && this.odds(0.25) ? this.pick(['[1]', '[3]', '[2][2]', '[0]', '[5]']) : '';
      const stars = i > 0 && this.odds(0.3) ? '*' : '';
      const pointer = stars !== '' && !strict && this.odds(0.3) ? this.attribute(false) : '';
      const tail = this.maybe(0.15);
      return i === 0
        ? `${this.declare(type.name, name, suffix)} ${tail}`
        : `${stars}${pointer} ${name}${stars === '' ? suffix : ''} ${tail}`;
    });
    const alignas = strict ? `_Alignas(${this.pick([16, 32, '0', 'long double'])}) ` : '';
    return `${this.odds(0.05) ? '__extension__ ' : ''}${alignas}${this.maybe(0.06)}${parts.join(', ')};`;
  }

  /** @param {Probe[]} probes @param {string} prefix */
  bitFields(probes, prefix) {
    const enums = this.types.filter((type) => type.width !== undefined);
    const chosen = enums.length > 0 && this.odds(0.2) ? this.pick(enums) : undefined;
    const [type, most] = chosen === undefined ? this.pick(INTS) : [chosen.name, chosen.width ?? 1];
    const bits = Number(most);
    const parts = [];
    for (let i = this.pick([1, 1, 1, 2, 3]); i > 0; i--) {
      if (this.odds(0.2)) {
        parts.push(`:${this.odds(0.4) ? 0 : 1 + this.below(bits)} ${this.maybe(0.08)}`);
        continue;
      }
      const name = this.name();
      const wide = this.pick([8, 16, 32, 64]);
      const width = this.odds(0.2) && wide <= bits ? wide : 1 + this.below(bits);
      probes.push({ path: prefix + name, bits: true });
      parts.push(`${name} : ${width} ${this.maybe(0.1)}`);
    }
    return `${this.maybe(0.03)}${type} ${parts.join(', ')};`;
  }

  /**
   * The body of a struct or union.
   *
   * @param {Probe[]} probes
   * @param {string} prefix
   * @param {number} depth
   * @returns {string}
   */
  body(probes, prefix, depth) {
    const lines = [];
    const bitty = this.odds(0.5);
    for (let i = 1 + this.below(6); i > 0; i--) {
      if (depth < 3 && this.odds(0.12)) lines.push(this.nested(probes, prefix, depth));
      else if (this.odds(bitty ? 0.7 : 0.15)) lines.push(this.bitFields(probes, prefix));
      else lines.push(this.plain(probes, prefix));
      if (this.odds(0.02)) lines.push(`\n#pragma pack(${this.pick([1, 2, 4])})\n`);
      if (this.odds(0.02)) lines.push('_Static_assert(sizeof(int) == 4, "int has 4 bytes");');
      if (this.odds(0.01)) lines.push(';');
    }
    return lines.join(' ');
  }

  /** @param {Probe[]} probes @param {string} prefix @param {number} depth */
  nested(probes, prefix, depth) {
    const keyword = this.odds(0.7) ? 'struct' : 'union';
    const name = this.odds(0.5) ? this.name() : '';
    const inside = name === '' ? prefix : `${prefix}${name}.`;
    if (name !== '') probes.push({ path: prefix + name, bits: false });
    const front = this.maybe(0.15);
    const body = this.body(probes, inside, depth + 1);
    const back = this.maybe(0.2);
    const tail = name === '' ? '' : this.maybe(0.1);
    return `${keyword} ${front}{ ${body} } ${back}${name} ${tail};`;
  }

  enumeration() {
    const name = `enum e${this.done.length}_${this.serial}`;
    const packed = this.odds(0.3);
    const values = this.pick([
      ['0', 8],
      ['-1', 8],
      ['200', 8],
      ['300', 16],
      ['-300', 16],
      ['0x7fffffff', 32],
      ['0xffffffff', 32],
    ]);
    const { length } = this.types;
    const constant = `C${this.serial}_${length}`;
    // On both targets an enum that is not packed has 32 bits.
    this.types.push({ name, array: true, width: packed ? Number(values[1]) : 32 });
    const front = packed && this.odds(0.5);
    return `${name.replace('enum', front ? 'enum __attribute__((packed))' : 'enum')} { ${constant} = ${values[0]}, ${constant}_ = 1 } ${packed && !front ? '__attribute__((packed))' : ''};\n`;
  }

  typedef() {
    const base = this.odds(0.6) ? String(this.pick(INTS)[0]) : (this.types.at(-1)?.name ?? 'double');
    const name = `a${this.done.length}_${this.types.length}`;
    const text = this.odds(0.5)
      ? `typedef ${base} ${name} ${this.attribute(false)};`
      : `typedef ${this.attribute(false)} ${base} ${name};`;
    const width = INTS.find(([type]) => type === base)?.[1];
    this.types.push({ name, array: false, ...(width === undefined ? {} : { width: Number(width) }) });
    return `${text}\n`;
  }

  declaration() {
    const before = [];
    if (this.odds(0.15)) before.push(this.enumeration());
    if (this.odds(0.2)) before.push(this.typedef());
    const tag = `t${this.done.length}`;
    const keyword = this.odds(0.8) ? 'struct' : 'union';
    /** @type {Probe[]} */
    const probes = [];
    const pack = this.odds(0.2) ? this.pick([1, 2, 4, 8, 16]) : 0;
    const named = this.odds(0.3);
    const front = this.maybe(0.15);
    let body = this.body(probes, '', 0);
    const flexible = keyword === 'struct' && this.odds(0.1) && probes.length > 0;
    if (flexible) {
      const name = this.name();
      probes.push({ path: name, bits: false });
      body = `char ${name}_; ${body} ${this.pick(['char', 'int', 'double', 'void *'])} ${name}[];`;
    }
    const back = this.maybe(0.25);
    const name = named ? `${tag}_t` : `${keyword} ${tag}`;
    const text = named
      ? `typedef ${keyword} ${front}{ ${body} } ${back}${name};`
      : `${keyword} ${front}${tag} { ${body} } ${back};`;
    before.push(
      pack === 0 ? '' : `#pragma pack(push, ${pack})\n`,
      text,
      pack === 0 ? '' : '\n#pragma pack(pop)',
    );
    if (!flexible) this.types.push({ name, array: true });
    // What a pragma within a body has left.
    this.done.push({ name, text: `${before.join('')}\n#pragma pack()\n`, probes });
  }
}

/**
 * So many declarations. Each may use those before it.
 *
 * @param {number} seed
 * @param {number} count
 * @returns {Declared[]}
 */
export function generate(seed, count) {
  const generator = new Generator(seed);
  while (generator.done.length < count) generator.declaration();
  return generator.done;
}
