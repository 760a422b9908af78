/** The command line with streams of the test's own. */
import type { Case } from '../../src/cases/index.ts';
import { run } from '../../src/cli/program.ts';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Around {
  readonly stdin?: string | Uint8Array | Error;
  /** Whether the output is a terminal; standard input always is unless it is given. */
  readonly tty?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly catalogue?: readonly Case[];
}

export async function cli(args: readonly string[], around: Around = {}): Promise<Ended> {
  const { stdin, tty = false, env = {}, catalogue } = around;
  let code = 0;
  const texts = { out: '', err: '' };
  async function* input() {
    if (stdin instanceof Error) throw stdin;
    if (stdin !== undefined) yield stdin;
  }
  const io = {
    stdin: Object.assign(input(), { isTTY: stdin === undefined }),
    stdout: { isTTY: tty, write: (text: string) => (texts.out += text) },
    stderr: { isTTY: tty, write: (text: string) => (texts.err += text) },
    env,
    exit: (status: number) => {
      code = status;
    },
  };
  await (catalogue === undefined ? run(args, io) : run(args, io, catalogue));
  return { code, ...texts };
}
