import { readme } from '../benchtable.mjs';

/** The benchmark's table in README.md is what its script makes of the recorded run. */
export function check() {
  const { now, fresh } = readme();
  return now === fresh
    ? []
    : ['the benchmark table in README.md was edited by hand; write it by: npm run bench:readme'];
}
