/** The catalogue of cases: `hmap-wasm/cases`. */
import { arrayElements } from './array-elements.ts';
import type { Case } from './case.ts';
import { claimedOffsets } from './claimed-offsets.ts';
import { frozenHeader } from './frozen-header.ts';
import { header24Bytes } from './header-24-bytes.ts';
import { mapvarAddress } from './mapvar-address.ts';
import { mapvarAsStruct } from './mapvar-as-struct.ts';
import { narrowPointer } from './narrow-pointer.ts';
import { structLayout } from './struct-layout.ts';
import { truncatedHeader } from './truncated-header.ts';
import { wrongMask } from './wrong-mask.ts';

export {
  type Case,
  type CaseResult,
  type Check,
  type Claim,
  DEFAULT_SEEDS,
  type Dump,
  type DumpColumn,
  type DumpField,
  type Fact,
  type Findings,
  type Guilt,
  type MemoryRange,
  type RunOptions,
  runCase,
  type SeedRange,
  type Step,
  type StepKind,
  type Table,
  type Witness,
} from './case.ts';

/** Every case, in the order in which they are told. */
export const cases: readonly Case[] = [
  truncatedHeader,
  frozenHeader,
  mapvarAsStruct,
  mapvarAddress,
  header24Bytes,
  claimedOffsets,
  structLayout,
  arrayElements,
  narrowPointer,
  wrongMask,
];
