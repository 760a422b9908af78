/** The hash alone, over ranges of a window of memory, against the one that Go takes without AES. */
import type { Dimensions } from '../harness/label.ts';
import { inRounds } from '../harness/rounds.ts';
import type { Session } from '../harness/session.ts';
import { NATIVE, OURS } from '../peers/catalogue.ts';
import type { Repetition } from '../peers/protocol.ts';

/** Both sides get this hash key, so that the sums of their hashes can be compared. */
const HASH_KEY = [0x9e3779b97f4a7c15n, 0xbf58476d1ce4e5b9n, 0x94d049bb133111ebn, 0x2545f4914f6cdd1dn];
/** Bytes hashed in one repetition, about. */
const VOLUME = 8 * 2 ** 20;

export const hashDimensions = (size: number, engine: string): Dimensions => ({
  engine,
  key: `[${size}]byte`,
  elem: '-',
  len: 0,
  op: 'hash',
});

export async function raceHashes(session: Session, sizes: readonly number[], seconds: number): Promise<void> {
  const peers = session.peers((engine) => engine === OURS || engine === NATIVE[0]);
  await session.withProcesses(peers, async (processes) => {
    for (const size of sizes) {
      session.progress(`hashing: ${size} bytes`);
      const count = Math.min(500_000, Math.ceil(VOLUME / size));
      const ask = async (process: (typeof processes)[number]['process']) =>
        (await process.repetition('hash', size, count, ...HASH_KEY)) as Repetition;
      const sums = new Set<bigint>();
      for (const { process } of processes) sums.add((await ask(process)).sum);
      if (sums.size !== 1) throw new Error(`the hashes of ${size} bytes differ between the engines`);
      const [sum] = sums;
      const samples = await inRounds(
        processes.map(({ engine, process }) => ({
          engine,
          repeat: async () => {
            const r = await ask(process);
            if (r.sum !== sum) throw new Error(`${engine} has other hashes of ${size} bytes than before`);
            return r.ns / r.count;
          },
        })),
        session.pace(seconds, 3),
      );
      processes.forEach(({ engine }, i) => {
        session.record('hashing', hashDimensions(size, engine), samples[i] as number[]);
      });
    }
  });
}
