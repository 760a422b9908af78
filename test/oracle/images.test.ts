/** Images between the emulator and real Go, both ways. */
import { type GoMap, Runtime } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { BASES, samples } from './images/maps.ts';
import { exportFromGo, openNatively } from './images/native.ts';
import { ARCHES, commandOf, findGo, GO_RELEASES, isFound } from './judge.ts';
import type { Op, Stream } from './protocol.ts';
import { Prng } from './streams/prng.ts';
import { runOn, textsOf } from './images/streams.ts';

const found = (await Promise.all(GO_RELEASES.map((release) => findGo(release, { fetch: false })))).filter(isFound);
const arches = [];
for (const arch of ARCHES) if ((await commandOf('true', arch)) !== undefined) arches.push(arch);
