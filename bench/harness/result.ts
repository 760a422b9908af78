/** What a run leaves behind: the JSON file. */
import type { Latency, MemoryUse } from '../peers/protocol.ts';
import type { Figures } from './figures.ts';
import type { Dimensions } from './label.ts';

/** One measurement, in nanoseconds an operation. */
export interface Cell extends Dimensions {
  readonly suite: string;
  readonly figures: Figures;
}

/** Inserts one by one on one engine: the repetitions. */
export interface LatencyCell {
  readonly engine: string;
  readonly len: number;
  readonly runs: readonly Latency[];
}

export interface MemoryCell extends MemoryUse {
  readonly engine: string;
}

/** From nothing to a first map, in fresh processes, and the size of what is loaded. */
export interface Startup {
  /** Milliseconds from the import of the package to the first map. */
  readonly ms: Figures;
  /** Bytes of the release module as it is and through gzip. */
  readonly bytes: number;
  readonly gzipped: number;
}

export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly system: string;
  /** Of the project, Node, V8 and each Go. */
  readonly versions: Readonly<Record<string, string>>;
  /** Load average of the last minute, at the start and at the end. */
  readonly load: readonly [number, number];
}

export interface Results {
  readonly format: 1;
  readonly date: string;
  readonly mode: string;
  readonly seconds: number;
  readonly environment: Environment;
  readonly cells: readonly Cell[];
  readonly latencies: readonly LatencyCell[];
  readonly memory: readonly MemoryCell[];
  readonly startup: Startup | null;
  /** What was not done, and why. */
  readonly skipped: readonly string[];
}
