/** Which wasm modules are taken for the core, and which are refused. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FINGERPRINT } from '../../assembly/shared/fingerprint.ts';
import { HandshakeError, type Runtime, type RuntimeOptions } from '../../src/index.ts';
import { bytes, rejected, start, thrown } from './inside.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const release = readFileSync(join(project, 'dist/wasm/release.wasm'));
const checked = readFileSync(join(project, 'dist/wasm/checked.wasm'));

type Wasm = NonNullable<RuntimeOptions['wasm']>;
const startWith = (wasm: unknown) => start({ wasm: wasm as Wasm, memory: { limit: 2 ** 20 } });

/** Whether a runtime does what it is for. */
function works(rt: Runtime): boolean {
  const m = rt.makeMap('map[string]int');
  for (let n = 0; n < 100; n++) m.set(`k${n}`, n);
  m.verify();
  return m.get('k99') === 99n;
}

/** A module without its custom sections. */
function bare(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts = [module.subarray(0, 8)];
  for (let at = 8; at < module.length; ) {
    const from = at;
    const id = module[at++] as number;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++] as number;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
    if (id !== 0) parts.push(module.subarray(from, at));
  }
  return Uint8Array.from(Buffer.concat(parts));
}

describe('the forms in which a module is given', () => {
  const { buffer, byteOffset, byteLength } = release;
  const whole = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  const inLargerBuffer = () => {
    const larger = new Uint8Array(release.length + 14);
    larger.set(release, 7);
    return larger.subarray(7, 7 + release.length);
  };
  test.each([
    ['a Uint8Array', () => new Uint8Array(whole)],
    ['a view into a larger buffer', inLargerBuffer],
    ['an ArrayBuffer', () => whole],
    ['a compiled module', () => new WebAssembly.Module(whole)],
    ['a data URL', () => `data:application/wasm;base64,${release.toString('base64')}`],
    ['a URL object', () => new URL(`data:application/wasm;base64,${release.toString('base64')}`)],
    ['a Response', () => new Response(whole)],
    ['the other build', () => checked],
  ])('%s', async (_what, give) => {
    const rt = await startWith(give());
    expect(works(rt)).toBe(true);
    const m = rt.makeMap('map[int]int');
    m.set(1, 2);
    rt.memory.write(m.header.address, bytes(1, 99));
    expect([m.size, m.get(1)]).toEqual([99, 2n]);
  });

  test('one compiled module serves several runtimes', async () => {
    const module = await WebAssembly.compile(release);
    const runtimes = await Promise.all([startWith(module), startWith(module)]);
    expect(runtimes.map(works)).toEqual([true, true]);
    expect(runtimes[0]?.machine.memory).not.toBe(runtimes[1]?.machine.memory);
  });

  test.each([
    ['a number', 5],
    ['null', null],
    ['a plain object', {}],
    ['an array', [0, 97, 115, 109]],
    ['a boolean', true],
  ])('%s is a TypeError', async (_what, given) => {
    const error = await rejected(startWith(given));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('wasm takes a URL, a Response, bytes or a WebAssembly.Module');
  });

  test('an address where nothing is, is a TypeError', async () => {
    expect(await rejected(startWith('no-url'))).toBeInstanceOf(TypeError);
  });
});

describe('foreign bytes', () => {
  /** A module with one exported function that takes nothing and gives a number, or with none. */
  const small = (name?: string, value = 0) =>
    Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...(name === undefined
        ? []
        : [
            ...[1, 5, 1, 0x60, 0, 1, 0x7f],
            ...[3, 2, 1, 0],
            ...[7, 4 + name.length, 1, name.length, ...Buffer.from(name), 0, 0],
            ...[10, 6, 1, 4, 0, 0x41, value, 0x0b],
          ]),
    ]);

  test.each([
    ['an empty module', small()],
    ['a module with another export', small('run')],
    ['a module with another fingerprint', small('fingerprint', 5)],
  ])('%s is a HandshakeError', async (_what, module) => {
    const error = await rejected(startWith(module));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.message).toMatch(/fingerprint|not the core of hmap-wasm/);
  });

  test('a module that wants imports which nobody has', async () => {
    // (import "a" "b" (func))
    const wants = Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...[1, 4, 1, 0x60, 0, 0],
      ...[2, 7, 1, 1, 0x61, 1, 0x62, 0, 0],
    ]);
    const error = await rejected(startWith(wants));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.cause).toBeInstanceOf(Error);
  });

  const garbage: [string, Uint8Array][] = [
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('<!doctype html>')],
    ['a module cut short', release.subarray(0, 5000)],
    ['the magic number alone', Uint8Array.from([0, 0x61, 0x73, 0x6d])],
  ];
  test.each(garbage)('%s is refused', async (_what, given) => {
    expect(await rejected(startWith(given))).toBeInstanceOf(Error);
  });

  test.each(garbage)('%s is a HandshakeError', async (_what, given) => {
    expect(await rejected(startWith(given))).toBeInstanceOf(HandshakeError);
  });
});

describe('a module without its twin', () => {
  test('works until memory is written from outside, and is then refused by name', async () => {
    const rt = await startWith(bare(release));
    expect(works(rt)).toBe(true);
    const m = rt.makeMap('map[int]int');
    m.set(1, 2);
    const error = thrown(() => rt.memory.write(m.header.address, bytes(1, 99)));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.message).toContain('no guarded twin');
  });

  test('nothing is written', async () => {
    const rt = await startWith(bare(release));
    const m = rt.makeMap('map[int]int');
    m.set(1, 2);
    thrown(() => rt.memory.write(m.header.address, bytes(1, 99)));
    expect([m.size, rt.machine.guarded]).toEqual([1, false]);
  });

  test('each further write is refused too', async () => {
    const rt = await startWith(bare(release));
    const m = rt.makeMap('map[int]int');
    m.set(1, 2);
    thrown(() => rt.memory.write(m.header.address, bytes(1, 99)));
    expect(thrown(() => rt.memory.write(m.header.address, bytes(1, 98)))).toBeInstanceOf(HandshakeError);
  });
});

describe('a module built from other layout numbers', () => {
  let copy: string;
  const shared = (file: string) => join(copy, 'assembly/shared', file);
  const source = (file: string) => readFileSync(shared(file), 'utf8');
  /** What the project's own script makes of the copied folder. */
  const fingerprint = (): number => {
    execFileSync(process.execPath, [join(copy, 'scripts/fingerprint.mjs')]);
    return Number(/FINGERPRINT = (\d+);/.exec(source('fingerprint.ts'))?.[1]);
  };
  /** Without optimisation: only what it refuses matters. */
  const build = (): Uint8Array<ArrayBuffer> => {
    const out = join(copy, 'out.wasm');
    const asc = join(project, 'node_modules/assemblyscript/bin/asc.js');
    const args = ['assembly/index.ts', '--config', 'asconfig.json', '--target', 'release', '-o', out];
    execFileSync(process.execPath, [asc, ...args], { cwd: copy, stdio: 'pipe' });
    return Uint8Array.from(readFileSync(out));
  };

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'hmap-handshake-'));
    cpSync(join(project, 'assembly'), join(copy, 'assembly'), { recursive: true });
    for (const script of ['fingerprint.mjs', 'project.mjs']) {
      cpSync(join(project, 'scripts', script), join(copy, 'scripts', script));
    }
    const config = JSON.parse(readFileSync(join(project, 'asconfig.json'), 'utf8'));
    Object.assign(config.options, { optimizeLevel: 0, shrinkLevel: 0, converge: false });
    writeFileSync(join(copy, 'asconfig.json'), JSON.stringify(config));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test('is refused; the same sources unchanged are taken', async () => {
    expect(fingerprint()).toBe(FINGERPRINT);
    const same = await startWith(build());
    expect(works(same)).toBe(true);

    const layout = source('golayout.ts');
    writeFileSync(shared('golayout.ts'), layout.replace('HMAP_B = 9', 'HMAP_B = 8'));
    const other = fingerprint();
    expect(other).not.toBe(FINGERPRINT);
    const error = await rejected(startWith(build()));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.message).toContain(`its fingerprint is ${other}, the library's ${FINGERPRINT}`);
    writeFileSync(shared('golayout.ts'), layout);
  });

  test('any number changes the fingerprint; comments and line breaks do not', () => {
    expect(fingerprint()).toBe(FINGERPRINT);
    for (const [file, from, to, changes] of [
      ['hostlayout.ts', 'MAP_RECORD = 64', 'MAP_RECORD = 72', true],
      ['codes.ts', 'OutOfMemory = 9', 'OutOfMemory = 19', true],
      ['golayout.ts', 'BUCKET_CNT_BITS = 3', 'BUCKET_CNT_BITS = 4', true],
      ['golayout.ts', 'export const HMAP_B = 9;', '// a remark\nexport const HMAP_B  =\n  9;', false],
    ] as const) {
      const text = source(file);
      expect(text).toContain(from);
      writeFileSync(shared(file), text.replace(from, to));
      expect([from, fingerprint() !== FINGERPRINT]).toEqual([from, changes]);
      writeFileSync(shared(file), text);
    }
  });
});
