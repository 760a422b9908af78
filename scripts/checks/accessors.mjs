import { readFileSync } from 'node:fs';
import { filesBelow, inProject } from '../project.mjs';

/** The one file that may touch linear memory. */
const ACCESSORS = 'assembly/memory/access.ts';

/** Ways to touch memory, or to turn a number into a reference to it, past the accessors. */
const RAW = [
  /\b(?:load|store)\s*</,
  /\b[iuf](?:8|16|32|64)\s*\.\s*(?:load|store|atomic)\w*/,
  /\bv128\s*\.\s*(?:load|store)\w*/,
  /\bv128_(?:load|store)\w*/,
  /\batomic\s*\./,
  /\bmemory\s*\.\s*\w+/,
  /\bchangetype\b/,
];

/** Law 2: engines touch memory only through the inline accessors. */
export function check() {
  return filesBelow('assembly', '.ts')
    .filter((file) => file !== ACCESSORS)
    .flatMap((file) =>
      withoutComments(readFileSync(inProject(file), 'utf8'))
        .split('\n')
        .flatMap((line, index) => {
          const found = RAW.map((pattern) => pattern.exec(line)?.[0]).find(Boolean);
          return found ? [`${file}:${index + 1} has \`${found}\`: use ${ACCESSORS}`] : [];
        }),
    );
}

/**
 * Blanks out comments and the content of strings, keeping the lines.
 *
 * @param {string} source
 */
function withoutComments(source) {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return source.replace(token, (match) => match.replace(/[^\n]/g, ' '));
}
