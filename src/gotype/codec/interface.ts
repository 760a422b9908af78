/** The codec of interface values: `{ type, value }`, or null for nil. */
import { IFACE_DATA, IFACE_TYPE } from '../../../assembly/shared/golayout.ts';
import { MAX_INTERFACE_DEPTH } from '../../../assembly/shared/hostlayout.ts';
import type { ValueMemory } from '../../machine/views.ts';
import { isDirectIface } from '../direct.ts';
import { GoTypeError, GoValueRangeError, GoValueTypeError, within } from '../errors.ts';
import { missingMethod } from '../methods.ts';
import type { GoType, InterfaceType } from '../model.ts';
import { parseType } from '../parse.ts';
import { type Codec, clipType, wrongKind } from './codec.ts';
import { checkFields } from './fields.ts';

/** An interface value that is not nil: its dynamic type as Go prints it, and the value of that type. */
export interface InterfaceValue {
  type: string;
  value: unknown;
}

const FIELDS: ReadonlySet<string> = new Set(['type', 'value']);

/** How many interfaces the value at hand is nested in. */
let depth = 0;

/** Does something with the value inside, one level deeper. */
function nested<T>(type: InterfaceType, work: () => T): T {
  if (depth >= MAX_INTERFACE_DEPTH) {
    throw new GoValueRangeError(
      `a value of type ${clipType(type.string)} may be nested in ${MAX_INTERFACE_DEPTH} interfaces, not more`,
    );
  }
  depth++;
  try {
    return work();
  } finally {
    depth--;
  }
}

export class InterfaceCodec implements Codec<InterfaceValue | null> {
  readonly type: InterfaceType;
  readonly size: number;
  readonly primitive = false;
  readonly #codecFor: (type: GoType) => Codec;

  constructor(type: InterfaceType, codecFor: (type: GoType) => Codec) {
    this.type = type;
    this.size = type.size;
    this.#codecFor = codecFor;
  }

  /** The dynamic type that is named, which has the interface's methods. */
  #dynamic(name: unknown): GoType {
    let type: GoType;
    try {
      type = parseType(name as string);
    } catch (error) {
      if (error instanceof GoTypeError) throw new GoValueTypeError(`.type: ${error.message}`);
      throw error;
    }
    if (type.kind === 'interface') {
      throw new GoValueTypeError(
        `an interface holds a value of a concrete type, not of ${clipType(type.string)}; give nil as null`,
      );
    }
    const missing = missingMethod(type, this.type);
    if (missing !== undefined) {
      throw new GoValueTypeError(
        `${clipType(type.string)} does not implement ${clipType(this.type.string)} (missing method ${missing})`,
      );
    }
    return type;
  }

  check(value: unknown): void {
    this.take(value);
  }

  take(value: unknown): InterfaceValue | null {
    if (value === null) return null;
    if (typeof value !== 'object') {
      wrongKind(this.type.string, '{ type, value } with the name of a Go type, or null for nil', value);
    }
    const object = checkFields(value, FIELDS, this.type.string);
    const type = this.#dynamic(object['type']);
    const inner = object['value'];
    return nested(this.type, () => {
      try {
        return interfaceValue(type.string, this.#codecFor(type).take(inner));
      } catch (error) {
        throw within('.value', error);
      }
    });
  }

  read(mem: ValueMemory, at: number): InterfaceValue | null {
    // Go's nil interface has no type; its data word may be anything, and is zero in practice.
    const word = mem.u64[(at + IFACE_TYPE) >>> 3] as bigint;
    if (word === 0n) return null;
    const type = mem.types.dynamicType(word, this.type.methods.length === 0) as GoType;
    const codec = this.#codecFor(type);
    return nested(this.type, () => {
      const from = isDirectIface(type) ? at + IFACE_DATA : mem.objectAt(at + IFACE_DATA, codec.size);
      return interfaceValue(type.string, codec.read(mem, from));
    });
  }

  write(mem: ValueMemory, at: number, value: InterfaceValue | null): void {
    if (value === null) {
      mem.u64.fill(0n, at >>> 3, (at + this.size) >>> 3);
      return;
    }
    const type = parseType(value.type);
    const codec = this.#codecFor(type);
    const word = mem.types.interfaceWord(this.type, type);
    if (isDirectIface(type)) {
      mem.u64[(at + IFACE_TYPE) >>> 3] = word;
      codec.write(mem, at + IFACE_DATA, value.value);
      return;
    }
    const box = codec.size === 0 ? mem.zerobase : mem.allocateString(codec.size);
    // The box is empty but whole from here on, so that whoever gives up frees what is there.
    mem.u64[(at + IFACE_TYPE) >>> 3] = word;
    mem.u32[(at + IFACE_DATA) >>> 2] = box;
    mem.u32[(at + IFACE_DATA + 4) >>> 2] = mem.highOf(box);
    codec.write(mem, box, value.value);
  }
}

function interfaceValue(type: string, value: unknown): InterfaceValue {
  const out: InterfaceValue = Object.create(null);
  out.type = type;
  out.value = value;
  return out;
}
