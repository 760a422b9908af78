/**
 * What a case is, and what a run of one gives.
 *
 * A case is one file: what goes wrong, where, a run that computes everything on
 * the public API, the behaviour it documents as checks, and a legal twin that
 * must stay silent. Results are data; `report/` turns them into text or JSON.
 */

/** Seeds `from` to `to`, both included. */
export interface SeedRange {
  readonly from: number;
  readonly to: number;
}

export interface RunOptions {
  /** The seed of the run that is shown; without one it is the golden run, whose figures are known. */
  readonly seed?: bigint | undefined;
  /** The seeds over which a figure that depends on the seed is computed anew. */
  readonly seeds?: SeedRange | undefined;
}

/** The seeds taken where none are named. */
export const DEFAULT_SEEDS: SeedRange = { from: 0, to: 63 };

/** One case of the catalogue. */
export interface Case {
  /** What the command line calls it. */
  readonly name: string;
  readonly title: string;
  /** What goes wrong, in two sentences. */
  readonly goesWrong: string;
  /** The Go releases that it is about, as `RELEASES` names them. */
  readonly releases: readonly string[];
  /** The targets that it runs on, as `TARGETS` names them. */
  readonly targets: readonly string[];
  /** The smallest program that it happens to. */
  readonly program: string;
  /** The C side: functions that can be compiled and run on the bytes of a run (see `Witness`). */
  readonly c?: string;
  /** What the run leaves out, and which way that errs. */
  readonly notModelled: readonly string[];
  run(options?: RunOptions): Promise<Findings>;
}

/** What a run of a case has found. */
export interface Findings {
  /** Which hash the run that is shown had. */
  readonly hash: string;
  readonly steps: readonly Step[];
  readonly claims: readonly Claim[];
  readonly checks: readonly Check[];
  /** What the case's C functions print of this run's bytes, as the emulator has it. */
  readonly witnesses?: readonly Witness[];
}

/** One call of a C function of the case, for a C compiler to confirm. */
export interface Witness {
  /** Its name; it is declared `void name(const unsigned char *given, size_t size)`. */
  readonly function: string;
  /** The targets whose C it is to be run as. */
  readonly targets: readonly string[];
  readonly given: Uint8Array;
  /** Memory that it may follow pointers into, at its emulated addresses. */
  readonly memory: readonly MemoryRange[];
  /** What it prints. */
  readonly prints: string;
}

export interface MemoryRange {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** What a step shows. */
export type StepKind = 'setting' | 'wrong reading' | 'right reading' | 'rule' | 'fix' | 'legal twin';

export interface Step {
  readonly kind: StepKind;
  readonly title: string;
  /** Paragraphs, a line each. */
  readonly text: string;
  readonly table?: Table;
  readonly dumps?: readonly Dump[];
  /** What the detector has to say; of a legal twin, nothing. */
  readonly complaints?: readonly string[];
  /** The step's figures, for programs. */
  readonly facts?: Readonly<Record<string, Fact>>;
}

export type Fact = string | number | bigint | boolean | readonly Fact[] | { readonly [name: string]: Fact };

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Bytes of memory with the names of what they are: one column, or one before and one after. */
export interface Dump {
  readonly title: string;
  readonly columns: readonly DumpColumn[];
  readonly fields: readonly DumpField[];
  readonly guilty: readonly Guilt[];
  /** What values in it mean. */
  readonly legend: readonly string[];
}

export interface DumpColumn {
  readonly label: string;
  /** Where the bytes lie; undefined for a copy that is in nobody's memory but C's. */
  readonly address: bigint | undefined;
  readonly bytes: Uint8Array;
}

export interface DumpField {
  readonly name: string;
  /** From the first byte of the dump. */
  readonly offset: number;
  readonly length: number;
  /** What it reads as in each column. */
  readonly reads: readonly string[];
}

/** Bytes to blame. */
export interface Guilt {
  /** The column that they stand in. */
  readonly column: number;
  readonly offset: number;
  readonly length: number;
  readonly why: string;
}

/** A sentence that is said or written about this, beside what the run shows. */
export interface Claim {
  readonly says: string;
  readonly holds: boolean;
  /** What the run shows. */
  readonly shown: string;
}

/** One thing that the case documents, and what the run found. */
export interface Check {
  readonly text: string;
  readonly ok: boolean;
  readonly expected: string;
  readonly found: string;
}

/** A check that two texts or numbers are equal. */
export function check(text: string, expected: string | number, found: string | number): Check {
  return { text, ok: expected === found, expected: String(expected), found: String(found) };
}

/** A check of something that is so or not. */
export function holds(text: string, ok: boolean): Check {
  return { text, ok, expected: 'yes', found: ok ? 'yes' : 'no' };
}

/** A case and what became of its run. */
export interface CaseResult extends Findings {
  readonly case: Case;
  /** Whether every check is ok and the legal twin is silent. */
  readonly ok: boolean;
}

/** Runs a case. An error that the case does not expect is a failed check of it. */
export async function runCase(one: Case, options: RunOptions = {}): Promise<CaseResult> {
  let findings: Findings;
  try {
    findings = await one.run(options);
  } catch (error) {
    const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const ended: Check = { text: 'the run comes to its end', ok: false, expected: 'no error', found };
    findings = { hash: 'unknown', steps: [], claims: [], checks: [ended] };
  }
  const silent = findings.steps.every((step) => step.kind !== 'legal twin' || step.complaints?.length === 0);
  return { case: one, ...findings, ok: silent && findings.checks.every((each) => each.ok) };
}
