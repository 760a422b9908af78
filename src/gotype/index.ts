/** Go types: texts, layout, descriptors, and codecs between JavaScript values and bytes. */
export {
  type AlgKind,
  algOf,
  hashMightPanic,
  isReflexive,
  isRegularMemory,
  mapPath,
  needKeyUpdate,
} from './alg.ts';
export * from './codec/index.ts';
export { BASIC, MAX_TYPE_SIZE } from './construct.ts';
export { declareType, type TypeDeclaration } from './declare.ts';
export {
  type DescriptorPlace,
  hasherOf,
  type MapDescriptor,
  writeItab,
  writeMapType,
  writeType,
} from './descriptor.ts';
export { isDirectIface } from './direct.ts';
export { GoTypeError, GoTypeTooLarge, GoValueRangeError, GoValueTypeError } from './errors.ts';
export type { GoInput, GoValue, MapElem, MapElemInput, MapKey, MapKeyInput } from './infer.ts';
export { type Hole, hasHoles, holesOf, type MapShape, mapShape } from './mapshape.ts';
export { methodSet, missingMethod } from './methods.ts';
export * from './model.ts';
export { countOwned, MAX_OWNED_PARTS, ownedParts } from './owned.ts';
export { parseMapType, parseType } from './parse.ts';
export { isPointerWord, pointerMask } from './pointers.ts';
