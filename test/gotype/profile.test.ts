import { describe, expect, test } from 'vitest';
import { PTR_SIZE } from '../../assembly/shared/golayout.ts';
import { Unsupported } from '../../src/machine/errors.ts';
import {
  DEFAULT_RELEASE,
  DEFAULT_TARGET,
  RELEASES,
  release,
  TARGETS,
  target,
} from '../../src/profile/index.ts';

describe('releases', () => {
  test.each(['1.19', '1.19.0', '1.19.8', '1.19.13', '1.19.x', 'go1.19', 'go1.19.8'])(
    '%s is Go 1.19',
    (name) => {
      expect(release(name).name).toBe('1.19');
    },
  );

  test('the default is one of them', () => {
    expect(release()).toBe(release(DEFAULT_RELEASE));
    expect(RELEASES).toContain(release());
  });

  test.each([
    '1.18',
    '1.24',
    '1.190',
    '2',
    '',
    'latest',
    '1.19.',
    '1.19.8.1',
    'v1.19',
    ' 1.19',
    'go',
    '1.19rc1',
  ])('%j is refused', (name) => {
    expect(() => release(name)).toThrow(Unsupported);
    expect(() => release(name)).toThrow("is not emulated; take one of '1.19'");
  });

  test('a very long name makes no long message', () => {
    const error = (() => {
      try {
        return release('9'.repeat(100000));
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect((error as Error).message.length).toBeLessThan(150);
  });

  test('Go 1.19 draws as its sources say', () => {
    expect(release('1.19')).toMatchObject({
      engine: 'classic',
      hash: 'wyhash-fallback',
      clearEndsIterators: false,
      drawWidths: {
        hash0: 32,
        iteration: 32,
        wideIteration: 64,
        wideIterationAbove: 28,
        noverflow: 32,
        nan: 32,
      },
    });
  });
});

describe('targets', () => {
  test.each(['linux/amd64', 'linux/arm64'] as const)('%s', (name) => {
    const profile = target(name);
    expect(`${profile.os}/${profile.arch}`).toBe(name);
    expect(profile).toMatchObject({ name, ptrSize: PTR_SIZE, endian: 'little', alignment: 1 });
    expect(profile.regions).toEqual({ program: 0, goHeap: 0xc0, cHeap: 0x7f2a, systemStack: 0x7ffd });
  });

  test('the default is one of them', () => {
    expect(target()).toBe(target(DEFAULT_TARGET));
    expect(TARGETS.length).toBe(2);
  });

  test.each(['linux/386', 'amd64', 'windows/amd64', '', 'linux/amd64 ', '__proto__'])(
    '%j is refused',
    (name) => {
      expect(() => target(name)).toThrow(Unsupported);
      expect(() => target(name)).toThrow("take one of 'linux/amd64', 'linux/arm64'");
    },
  );
});
