/** Every insert of a growing map, one by one: percentiles up to the worst, and the inserts that begin a growth. */
import type { Session } from '../harness/session.ts';
import { type Engine, MAP_BIGINT, NATIVE, OURS } from '../peers/catalogue.ts';
import type { Latency } from '../peers/protocol.ts';

const ENGINES: readonly Engine[] = [OURS, NATIVE[0], 'go-swiss', MAP_BIGINT];

export async function measureLatencies(session: Session, len: number, runs: number): Promise<void> {
  const peers = session.peers((engine) => ENGINES.includes(engine));
  const all = new Map<Engine, Latency[]>(peers.map(({ engine }) => [engine, []]));
  // A fresh process for each run: a map that grows in memory that is not warm is what a program has.
  for (let run = 1; run <= runs; run++) {
    for (const peer of peers) {
      session.progress(`growth latency: ${len} inserts, run ${run} of ${runs}, ${peer.engine}`);
      await session.withProcesses([peer], async ([one]) => {
        const latency = await one?.process.json<Latency>('latency', len);
        if (latency === undefined) return;
        if (latency.count !== len) throw new Error(`${peer.engine} has ${latency.count} entries of ${len}`);
        all.get(peer.engine)?.push(latency);
      });
    }
  }
  for (const [engine, latencies] of all) {
    if (latencies.length > 0) session.latencies.push({ engine, len, runs: latencies });
  }
}
