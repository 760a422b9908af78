import { runTool } from '../project.mjs';

/** The whole project type-checks. */
export function check() {
  const { code, stdout } = runTool(
    'typescript/bin/tsc',
    ['-p', 'tsconfig.json', '--noEmit', '--pretty', 'false'],
    { capture: true },
  );
  return code === 0 ? [] : stdout.trim().split('\n');
}
