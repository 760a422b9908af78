import { readFileSync } from 'node:fs';
import { inProject } from '../project.mjs';

/**
 * @typedef {object} Locked
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * The lock file installs on every platform and from every registry.
 *
 * npm leaves out of it what the registry at hand does not have, even where only other
 * platforms need it; `npm ci` then refuses the file. And an address of one registry would
 * bind everyone to it.
 */
export function check() {
  /** @type {Record<string, Locked>} */
  const packages = JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8')).packages;
  const entries = Object.entries(packages);
  const missing = entries.flatMap(([folder, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !entries.some(([path]) => path.endsWith(`node_modules/${name}`)))
      .map((name) => `package-lock.json has no entry for ${name}, which ${folder} names: npm ci would fail`),
  );
  const bound = entries
    .filter(([, { resolved }]) => resolved !== undefined)
    .map(([folder]) => `package-lock.json has an address for ${folder}: leave "resolved" out`);
  return [...missing, ...bound];
}
