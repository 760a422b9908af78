/** C declarations: their layouts by ABI, and casts over bytes. */
export { CastError, CError } from './errors.ts';
export {
  type BitRange,
  diffLayouts,
  type Layout,
  type LayoutDifference,
  type LayoutField,
  type LayoutHole,
} from './report.ts';
export { BoundType, CParser, CUnit } from './unit.ts';
export type { CStruct, CValue } from './values.ts';
export { CView } from './view.ts';
