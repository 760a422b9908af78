/** One run: who takes part, what has been measured so far, how far along it is. */
import type { Catalogue, Engine, Peer } from '../peers/catalogue.ts';
import { PeerProcess } from '../peers/process.ts';
import { figures } from './figures.ts';
import type { Dimensions } from './label.ts';
import type { Cell, LatencyCell, MemoryCell, Startup } from './result.ts';
import type { Pace } from './rounds.ts';

/** How a run goes about it. */
export interface Mode {
  readonly name: 'full' | 'quick' | 'smoke';
  /** Seconds for the whole: behind it, contests take the least number of rounds, and soon none. */
  readonly seconds: number;
}

/** Below this share of their time, operations take fewer rounds than they would at least. */
const HURRIED = 0.7;

/** What share of the seconds that are wanted there are: all, where nobody counts them. */
export function shareOf(left: number, wanted: number): number {
  if (!(wanted > 0)) return 1;
  return Math.min(1, Math.max(0, left / wanted));
}

export class Session {
  readonly mode: Mode;
  readonly catalogue: Catalogue;
  readonly cells: Cell[] = [];
  readonly latencies: LatencyCell[] = [];
  readonly memory: MemoryCell[] = [];
  readonly skipped: string[] = [];
  startup: Startup | null = null;
  /** What share of their seconds operations get. */
  #share = 1;
  readonly #began = performance.now();
  readonly #say: (text: string) => void;

  constructor(mode: Mode, catalogue: Catalogue, say: (text: string) => void) {
    this.mode = mode;
    this.catalogue = catalogue;
    this.#say = say;
    this.skipped.push(...catalogue.skipped);
  }

  /** Seconds since the run began. */
  get elapsed(): number {
    return (performance.now() - this.#began) / 1000;
  }

  progress(text: string): void {
    this.#say(`${this.elapsed.toFixed(0).padStart(5)} s  ${text}`);
  }

  peers(wanted: (engine: Engine) => boolean): Peer[] {
    return this.catalogue.peers.filter(({ engine }) => wanted(engine));
  }

  /** Starts a peer's process, which ends with the work. */
  async withProcesses<T>(
    peers: readonly Peer[],
    work: (processes: { engine: Engine; process: PeerProcess }[]) => Promise<T>,
  ): Promise<T> {
    const processes = peers.map(({ engine, start }) => ({ engine, process: new PeerProcess(engine, start) }));
    try {
      return await work(processes);
    } finally {
      for (const { process } of processes) process.end();
    }
  }

  /** Whether the time is up: what is left is left out. */
  get isOver(): boolean {
    return this.elapsed > this.mode.seconds * 1.05;
  }

  /**
   * To be called before each step, with the seconds that it and all behind it would like to take: on a machine on
   * which that is more than there are, each gets less, so that the last are not left out.
   */
  beginStep(wanted: number): void {
    this.#share = shareOf(this.mode.seconds - this.elapsed, wanted);
  }

  /** The pace for work of about so many seconds: hurried when the run is late, one repetition in the smoke. */
  pace(seconds: number, least: number, most = 25): Pace {
    if (this.mode.name === 'smoke') return { seconds: 0, least: 0, most: 0 };
    if (this.elapsed > this.mode.seconds) return { seconds: 0, least: 2, most: 2 };
    return {
      seconds: seconds * this.#share,
      least: this.#share < HURRIED ? Math.min(least, 3) : least,
      most,
    };
  }

  record(suite: string, of: Dimensions, samples: readonly number[]): void {
    this.cells.push({ suite, ...of, figures: figures(samples) });
  }
}
