/** What the command line has around it: a process, or a test in its place. */

export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean;
}

export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called before the last output, so that a reader that goes away does not change the exit status. */
  exit(code: number): void;
}

/** Exit statuses. */
export const OK = 0;
/** A case does not behave as it documents. */
export const UNLIKE = 1;
/** The command line asks for something that does not exist or makes no sense. */
export const USAGE = 2;
/** The program itself is at fault. */
export const SOFTWARE = 70;

/** Bad input: one plain sentence, and no stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
