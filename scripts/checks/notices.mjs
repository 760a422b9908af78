import { existsSync, readFileSync } from 'node:fs';
import { NOTICES, notices } from '../notices.mjs';

/** THIRD-PARTY-NOTICES.md says what is installed now. */
export function check() {
  const fresh = existsSync(NOTICES) && readFileSync(NOTICES, 'utf8') === notices();
  return fresh ? [] : ['THIRD-PARTY-NOTICES.md is stale; write it by: npm run notices'];
}
