/**
 * The layout's fingerprint: a number that follows from everything in
 * `assembly/shared/`, comments apart. The wasm module and the TypeScript shell
 * both carry it and refuse each other where it differs.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { filesBelow, inProject, isMain } from './project.mjs';

const FILE = 'assembly/shared/fingerprint.ts';

/** @param {string} source */
function withoutComments(source) {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/\s+/g, ' ');
}

/** The generated file's text, as it should be. */
export function fingerprintSource() {
  const hash = createHash('sha256');
  for (const file of filesBelow('assembly/shared', '.ts')) {
    if (file !== FILE) hash.update(file).update(withoutComments(readFileSync(inProject(file), 'utf8')));
  }
  // 31 bits: the narrow dialect of the folder has no larger numbers.
  const value = hash.digest().readUInt32BE(0) >>> 1;
  return `/** Generated from the rest of this folder: a module and a shell that differ in it refuse each other. */
export const FINGERPRINT = ${value};
`;
}

/** Whether the generated file is what it should be. */
export function isFingerprintFresh() {
  return readFileSync(inProject(FILE), 'utf8') === fingerprintSource();
}

/**
 * Writes the file where it is stale, for a build.
 *
 * @throws in CI: there a stale file means that what was committed does not fit together
 */
export function refreshFingerprint() {
  if (isFingerprintFresh()) return;
  if (process.env['CI']) throw new Error(`${FILE} is stale: run node scripts/fingerprint.mjs and commit it`);
  writeFileSync(inProject(FILE), fingerprintSource());
}

if (isMain(import.meta.url)) writeFileSync(inProject(FILE), fingerprintSource());
