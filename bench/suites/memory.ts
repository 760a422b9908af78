/** Bytes of the heap that a map takes: made for its entries, and grown to them. */
import type { Session } from '../harness/session.ts';
import { type Engine, MAP_BIGINT, NATIVE, OURS } from '../peers/catalogue.ts';
import type { MemoryUse } from '../peers/protocol.ts';

const ENGINES: readonly Engine[] = [OURS, NATIVE[0], 'go1.23', 'go-swiss', MAP_BIGINT];

export async function measureMemory(session: Session, len: number): Promise<void> {
  for (const peer of session.peers((engine) => ENGINES.includes(engine))) {
    session.progress(`memory: ${len} entries, ${peer.engine}`);
    await session.withProcesses([peer], async ([one]) => {
      const use = await one?.process.json<MemoryUse>('memory', len);
      if (use === undefined) return;
      if (use.count !== len) throw new Error(`${peer.engine} has ${use.count} entries of ${len}`);
      session.memory.push({ engine: peer.engine, ...use });
    });
  }
}
