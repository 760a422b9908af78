/** What a user of the library may import. */

export { CastError, CError } from './ctype/errors.ts';
export { cHeader } from './ctype/header.ts';
export type {
  BitRange,
  BoundType,
  CParser,
  CStruct,
  CUnit,
  CValue,
  CView,
  Layout,
  LayoutDifference,
  LayoutField,
  LayoutHole,
} from './ctype/index.ts';
export { diffLayouts } from './ctype/report.ts';
export {
  declareType,
  type GoInput,
  type GoType,
  GoTypeError,
  GoTypeTooLarge,
  type GoValue,
  GoValueRangeError,
  GoValueTypeError,
  type InterfaceValue,
  type MapShape,
  type MapType,
  mapShape,
  parseMapType,
  parseType,
  type TypeDeclaration,
} from './gotype/index.ts';
export { AddressSpace, type RegionInfo } from './machine/addressspace.ts';
export {
  GoFatal,
  GoPanic,
  HandshakeError,
  hex,
  InvariantViolation,
  type MapUse,
  OutOfMemory,
  ProcessEnded,
  SegmentationFault,
  Unsupported,
  UseAfterFree,
} from './machine/errors.ts';
export type { WasmSource } from './machine/load.ts';
export type { RandomSource } from './machine/random.ts';
export {
  Buckets,
  BucketView,
  Column,
  type ColumnArrayOf,
  type ColumnInput,
  type DrainedColumns,
  type DrainInto,
  GoMap,
  HeaderView,
  type Lookup,
  MapIterator,
  RawMap,
  type SetManyOptions,
  type SlotState,
  SlotView,
  StringColumn,
  slotState,
} from './map/index.ts';
export { DEFAULT_RELEASE, RELEASES, type Release, TARGETS, type Target } from './profile/index.ts';
export { type HashCheck, ImageError, type ImageHeader, MapImage } from './runtime/image/index.ts';
export {
  type Experiment,
  type GoMapOf,
  type ImageOptions,
  type InjectedHasher,
  type MakeMapOptions,
  type Opened,
  type OpenOptions,
  Runtime,
  type RuntimeOptions,
} from './runtime/runtime.ts';
