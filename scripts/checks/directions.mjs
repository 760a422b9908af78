import { existsSync, readFileSync } from 'node:fs';
import { hasRow } from '../../.dependency-cruiser.mjs';
import { filesBelow, inProject, runTool } from '../project.mjs';

/**
 * @typedef {object} Cruise what dependency-cruiser reports, as far as it is used here
 * @property {{ source: string, dependencies: { module: string }[] }[]} modules
 * @property {{ violations: Violation[] }} summary
 *
 * @typedef {object} Violation
 * @property {string} from
 * @property {string} to
 * @property {{ name: string }} rule
 * @property {{ name: string }[]} [cycle]
 */

/** The import directions of .dependency-cruiser.mjs, for TypeScript and AssemblyScript alike. */
export function check() {
  const folders = ['assembly', 'src', 'test', 'bench', 'scripts'].filter((folder) =>
    existsSync(inProject(folder)),
  );
  const { stdout, stderr } = runTool(
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders],
    { capture: true },
  );
  if (!stdout.startsWith('{')) return [`dependency-cruiser did not run: ${stderr || stdout}`];
  /** @type {Cruise} */
  const cruise = JSON.parse(stdout);
  return [
    ...new Set(cruise.summary.violations.map(describe)),
    ...[...filesBelow('assembly', '.ts'), ...filesBelow('src', '.ts')]
      .filter((file) => !hasRow(file))
      .map((file) => `${file} stands in no row of .dependency-cruiser.mjs`),
    ...unseen(cruise),
  ];
}

/** @param {Violation} violation */
const describe = ({ from, to, rule, cycle }) =>
  `${rule.name}: ${from} imports ${cycle ? cycle.map((step) => step.name).join(' -> ') : to}`;

/**
 * Imports that stand in an AssemblyScript file and that dependency-cruiser has not seen: its
 * parser is TypeScript's, which is only nearly the same language.
 *
 * @param {Cruise} cruise
 */
function unseen({ modules }) {
  const seen = new Map(
    modules.map((module) => [
      module.source,
      new Set(module.dependencies.map((dependency) => dependency.module)),
    ]),
  );
  return filesBelow('assembly', '.ts').flatMap((file) =>
    Array.from(
      readFileSync(inProject(file), 'utf8').matchAll(
        /^\s*(?:import|export)\b[^;"']*?(?:\bfrom\s*)?["']([^"'\n]+)["']/gm,
      ),
      (match) => String(match[1]),
    )
      .filter((imported) => !seen.get(file)?.has(imported))
      .map((imported) => `dependency-cruiser has not seen that ${file} imports ${imported}`),
  );
}
