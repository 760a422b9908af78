import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const inProject = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      // Tests may import the package by its name; they get the sources, as by a relative import,
      // so that a class is the same class in both. The packed package is tested in test/package/.
      { find: /^hmap-wasm$/, replacement: inProject('src/index.ts') },
      { find: /^hmap-wasm\/cases$/, replacement: inProject('src/cases/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    // A process a file: a runtime reserves much address space, and what a test breaks dies with it.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
