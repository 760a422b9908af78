/** The driver that runs streams on real Go: a process that answers lines by lines. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Arch, buildOracle, type Command, commandOf, type FoundGo } from '../judge.ts';
import { type Driver, isHostile, type Recording, type Stream } from '../protocol.ts';
import { runHostile } from './hostile.ts';

interface Waiting {
  resolve(line: string): void;
  reject(error: Error): void;
}

/** Streams may be sent before earlier ones are answered: both processes then work at once. */
export class GoDriver implements Driver {
  readonly name: string;
  readonly #command: Command;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: Waiting[] = [];
  readonly #exit: Promise<void>;
  #errors = '';
  #ended = false;

  private constructor(name: string, program: Command) {
    const { command, args, env } = program;
    this.name = name;
    this.#command = program;
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4000);
    });
    createInterface({ input: this.#process.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on(
      'line',
      (line) => {
        this.#waiting.shift()?.resolve(line);
      },
    );
    this.#exit = new Promise((resolve) => {
      this.#process.on('error', (error) => this.#fail(error, resolve));
      this.#process.on('close', (code) => {
        this.#fail(new Error(`the Go program ended with ${code}: ${this.#errors}`), resolve);
      });
    });
    // The process may end while a stream is on its way to it; `close` says so.
    this.#process.stdin.on('error', () => {});
  }

  /** Starts the program of a release, built for these types. @throws Error where nothing here runs that processor's programs */
  static async start(go: FoundGo, types: readonly string[], arch?: Arch): Promise<GoDriver> {
    const command = await commandOf(await buildOracle(go, types, arch), arch);
    if (command === undefined)
      throw new Error(`programs for ${arch} cannot be run here: qemu-user is not installed`);
    return new GoDriver(`go ${go.release.name}`, command);
  }

  async run(stream: Stream): Promise<Recording> {
    if (isHostile(stream)) return runHostile(this.#command, stream);
    return JSON.parse(await this.send(stream)) as Recording;
  }

  /** The recording as the line that it came in. */
  send(stream: Stream): Promise<string> {
    if (this.#ended) return Promise.reject(new Error(`the Go program has ended: ${this.#errors}`));
    const answer = new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#process.stdin.write(`${JSON.stringify(stream)}\n`);
    return answer;
  }

  async close(): Promise<void> {
    this.#process.stdin.end();
    await this.#exit;
  }

  #fail(error: Error, done: () => void): void {
    this.#ended = true;
    for (const one of this.#waiting.splice(0)) one.reject(error);
    done();
  }
}
