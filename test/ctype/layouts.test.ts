import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Runtime } from 'hmap-wasm';
import { expect, test } from 'vitest';
import { askGcc, toolsOf } from '../../scripts/ctype/gcc.mjs';
import { generate } from '../../scripts/ctype/generate.mjs';

interface Recorded {
  readonly seed: number;
  readonly count: number;
  readonly sha256: string;
  readonly amd64: number[][];
  readonly arm64: number[][];
}

const recorded = JSON.parse(
  readFileSync(new URL('corpus.recorded.json', import.meta.url), 'utf8'),
) as Recorded;
const ARCHES = ['amd64', 'arm64'] as const;
type Corpus = ReturnType<typeof generate>;

/** What we say of each declaration, as gcc is asked: size, alignment, places of the probes. */
async function ours(arch: (typeof ARCHES)[number], corpus: Corpus): Promise<number[][]> {
  const rt = await Runtime.create({ target: `linux/${arch}` });
  const unit = (await rt.c()).parse(corpus.map((one) => one.text).join('\n'));
  return corpus.map(({ name, probes }) => {
    const type = unit.type(name);
    const fields = new Map(type.layout().fields.map((field) => [field.path, field]));
    const places = probes.flatMap(({ path, bits }) => {
      const field = fields.get(path);
      if (!bits) return [type.offsetof(path)];
      return [field?.bits?.offset ?? -1, field?.bits?.width ?? -1];
    });
    return [type.size, type.align, ...places];
  });
}

/** The first declarations that differ, with their texts: what a reader of a failure needs. */
function differences(corpus: Corpus, mine: number[][], theirs: number[][]): string[] {
  return corpus
    .flatMap(({ name, text, probes }, i) => {
      const [a, b] = [mine[i]?.join(' '), theirs[i]?.join(' ')];
      if (a === b) return [];
      return [`${name}\n${text}\nprobes ${probes.map((one) => one.path).join(' ')}\nours ${a}\ngcc  ${b}`];
    })
    .slice(0, 3);
}

test('the generator still writes the declarations that gcc was asked about', () => {
  const text = generate(recorded.seed, recorded.count)
    .map((one) => one.text)
    .join('\n');
  expect(createHash('sha256').update(text).digest('hex')).toBe(recorded.sha256);
});

test.each(ARCHES)('%s: every layout of the recorded corpus is that of gcc', async (arch) => {
  const corpus = generate(recorded.seed, recorded.count);
  expect(corpus.length).toBeGreaterThanOrEqual(500);
  expect(recorded[arch]).toHaveLength(corpus.length);
  expect(differences(corpus, await ours(arch, corpus), recorded[arch])).toEqual([]);
});

test('the two targets differ where they should, so that neither is checked against the other', () => {
  const differing = recorded.amd64.filter((row, i) => row.join() !== recorded.arm64[i]?.join());
  expect(differing.length).toBeGreaterThan(20);
});

for (const arch of ARCHES) {
  const tools = toolsOf(arch);
  if (tools === undefined) console.log(`Skipped: live layouts of ${arch}, no gcc whose programs run here.`);
  test.skipIf(tools === undefined)(`${arch}: a fresh corpus against the gcc of this machine`, async () => {
    const seed = Number(process.env['CTYPE_SEED'] ?? 2);
    const corpus = generate(seed, 600);
    expect(differences(corpus, await ours(arch, corpus), askGcc(arch, corpus))).toEqual([]);
  });
}
