/**
 * `npm run oracle:images -- [--release R] [--arch amd64|arm64] [--part N]`: images of the emulator's maps, opened
 * by real Go in each way and used there, with its collector running hard.
 *
 * Without --release it goes through every release that can be had. With --part each takes one image of N, another
 * choice for each. Exits 1 if one could not be used as it should.
 */
import { parseArgs } from 'node:util';
import { samples } from './images/maps.ts';
import { openNatively } from './images/native.ts';
import { ARCHES, type Arch, commandOf, findAll } from './judge.ts';

const { values: given } = parseArgs({
  options: {
    release: { type: 'string' },
    arch: { type: 'string', default: 'amd64' },
    part: { type: 'string', default: '1' },
  },
});

function archName(): Arch {
  const found = ARCHES.find((arch) => arch === given.arch);
  if (found === undefined) throw new Error(`--arch is one of ${ARCHES.join(', ')}`);
  return found;
}

async function main(): Promise<boolean> {
  const arch = archName();
  const part = Number(given.part);
  if (!Number.isInteger(part) || part < 1) throw new Error(`--part takes a whole number, got ${given.part}`);
  if ((await commandOf('true', arch)) === undefined) {
    console.log(`images for ${arch} skipped: programs for it cannot be run here`);
    return true;
  }
  const { found, missing } = await findAll(given.release === undefined ? undefined : [given.release]);
  for (const { release, why } of missing) console.log(`Go ${release.name} skipped: ${why}`);
  let sound = true;
  for (const [i, go] of found.entries()) {
    const since = Date.now();
    const chosen = samples(part, i);
    const opened = await openNatively(go, arch, chosen, ({ sample, way, did, error }) => {
      if (error !== undefined) console.log(`${sample}, opened ${way}, after ${did.join(', ')}: ${error}`);
    });
    const bad = opened.filter(({ error }) => error !== undefined).length;
    const whole = bad === 0 && opened.length === 3 * chosen.length;
    sound &&= whole;
    const seconds = Math.round((Date.now() - since) / 1000);
    console.log(
      `Go ${go.release.name} on ${arch} opened ${chosen.length} images ${opened.length} times, ` +
        `${whole ? 'and used every one' : `${bad} of them badly`}, in ${seconds} s`,
    );
  }
  return sound;
}

process.exitCode = (await main()) ? 0 : 1;
