/** Which values an interface holds in its data word itself. */
import type { GoType } from './model.ts';

/** Whether a value is exactly one pointer (`types.IsDirectIface`). */
export function isDirectIface(type: GoType): boolean {
  switch (type.kind) {
    case 'pointer':
    case 'chan':
    case 'map':
    case 'func':
    case 'unsafe.Pointer':
      return true;
    case 'array':
      return type.length === 1 && isDirectIface(type.elem);
    case 'struct': {
      const only = type.fields[0];
      return type.fields.length === 1 && only !== undefined && isDirectIface(only.type);
    }
    default:
      return false;
  }
}
