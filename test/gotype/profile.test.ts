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
    '1.19-noswissmap',
    '1.26',
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
    expect(() => release(name)).toThrow("is not emulated; take one of '1.19', '1.20'");
  });

  test('a release with the Swiss map names its experiment', () => {
    expect(() => release('1.24.3')).toThrow(
      "Go 1.24 has the Swiss map, which is not emulated; its classic map is '1.24-noswissmap'",
    );
  });

  test('a very long name makes no long message', () => {
    const error = (() => {
      try {
        return release('9'.repeat(100000));
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect((error as Error).message.length).toBeLessThan(250);
  });

  test.each(['1.24-noswissmap', 'go1.24.11-noswissmap', 'go1.24.11 X:noswissmap'])(
    '%s is Go 1.24 with its classic map',
    (name) => {
      expect(release(name).name).toBe('1.24-noswissmap');
    },
  );

  test('a release knows its own name', () => {
    for (const each of RELEASES) expect(release(each.name)).toBe(each);
  });

  // What sets one apart from the one before; that each is right, the recordings of real Go show.
  test.each([
    ['1.20', {}],
    ['1.21', { clearMarksSlots: true }],
    ['1.22', { mallocHeaders: true, drawWidths: { hash0: 64, iteration: 64, noverflow: 64, nan: 64 } }],
    ['1.23', { hashMultipliers: 'hashkey' }],
    [
      '1.24-noswissmap',
      { clearMarksSlots: false, largeMasks: 'onDemand', hmap: { size: 56, extra: 48, clearSeq: 40 } },
    ],
    ['1.25-noswissmap', {}],
  ])('%s', (name, changed) => {
    const before = RELEASES[RELEASES.indexOf(release(name)) - 1];
    expect(release(name)).toMatchObject(changed);
    for (const field of [
      'engine',
      'hash',
      'hashMultipliers',
      'clearMarksSlots',
      'largeMasks',
      'mallocHeaders',
    ] as const) {
      if (!(field in changed)) expect(release(name)[field]).toBe(before?.[field]);
    }
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
