/** A peer's process: a line goes in, a line comes back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Latency, MemoryUse, Repetition } from './protocol.ts';

/** Milliseconds after which a peer that does not answer counts as hung. */
const LIMIT = 600_000;

/** How a peer is started. */
export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class PeerProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;
  #errors = '';

  constructor(name: string, { command, args, env = {} }: Start) {
    this.#name = name;
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdout, stderr, stdin } = this.#child;
    if (stdout === null || stderr === null || stdin === null) throw new Error('a peer has no pipes');
    // What ends the process is reported by the answer that does not come.
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
    stdin.on('error', () => {});
    stderr.on('data', (data) => {
      this.#errors = `${this.#errors}${data}`.slice(-2000);
    });
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** What comes after `ok`; undefined for `none`. @throws Error for anything else */
  async ask(...words: (string | number | bigint)[]): Promise<string | undefined> {
    const command = words.join(' ');
    this.#child.stdin?.write(`${command}\n`);
    const hung = setTimeout(() => this.#child.kill('SIGKILL'), LIMIT);
    try {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`${this.#name} ended at '${command}': ${this.#errors.trim()}`);
      if (value === 'none') return undefined;
      if (value.startsWith('ok ')) return value.slice('ok '.length);
      throw new Error(`${this.#name} at '${command}': ${value}`);
    } finally {
      clearTimeout(hung);
    }
  }

  async repetition(...words: (string | number | bigint)[]): Promise<Repetition | undefined> {
    const answer = await this.ask(...words);
    if (answer === undefined) return undefined;
    const [ns, count, hits, sum] = answer.split(' ');
    return { ns: Number(ns), count: Number(count), hits: Number(hits), sum: BigInt(sum as string) };
  }

  async json<T extends readonly number[] | Latency | MemoryUse>(
    ...words: (string | number)[]
  ): Promise<T | undefined> {
    const answer = await this.ask(...words);
    return answer === undefined ? undefined : (JSON.parse(answer) as T);
  }

  end(): void {
    this.#child.stdin?.end();
    this.#child.kill();
  }
}
