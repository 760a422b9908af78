import { readFileSync } from 'node:fs';
import { filesBelow, inProject, runTool } from '../project.mjs';

const MAX_LINE = 110;
/** Where AssemblyScript lies. */
const ASSEMBLY = ['assembly', 'bench/assembly'];

/**
 * Biome takes TypeScript and JavaScript; AssemblyScript it cannot parse (decorators on
 * functions, operators of its own), so the plainest rules of form are checked here.
 */
export function check() {
  return [...biome(), ...ASSEMBLY.flatMap((folder) => filesBelow(folder, '.ts')).flatMap(style)];
}

function biome() {
  const { code, stdout, stderr } = runTool(
    '@biomejs/biome/bin/biome',
    ['check', '--error-on-warnings', '--max-diagnostics=60', '--colors=off'],
    { capture: true },
  );
  return code === 0 ? [] : [`${stdout}\n${stderr}`.trim(), 'Most of it is mended by: npm run format'];
}

/**
 * @param {string} file
 * @returns {string[]}
 */
function style(file) {
  const text = readFileSync(inProject(file), 'utf8');
  const problems = text.split('\n').flatMap((line, index) => {
    const at = `${file}:${index + 1}`;
    return [
      line.includes('\t') && `${at} has a tab`,
      line.includes('\r') && `${at} has a carriage return`,
      /[ \t]$/.test(line) && `${at} has trailing blanks`,
      line.length > MAX_LINE && `${at} is ${line.length} characters long, the limit is ${MAX_LINE}`,
    ].filter((problem) => problem !== false);
  });
  if (text !== '' && !text.endsWith('\n')) problems.push(`${file} has no newline at its end`);
  if (text.endsWith('\n\n')) problems.push(`${file} has empty lines at its end`);
  return problems;
}
