/**
 * The packed tarball in an empty Node project: it imports, it runs, its types hold, and the
 * README says the truth about it.
 */
import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_RELEASE, RELEASES, TARGETS } from 'hmap-wasm';
import { cases } from 'hmap-wasm/cases';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProject } from '../../scripts/project.mjs';
import { type Consumer, makeConsumer } from './consumer.ts';
import { type Snippet, snippetsOf } from './snippets.ts';

const FIXTURES = inProject('test', 'package', 'fixtures');
const snippets = snippetsOf(readFileSync(inProject('README.md'), 'utf8'));

let consumer: Consumer;

beforeAll(async () => {
  consumer = await makeConsumer();
  await cp(FIXTURES, consumer.folder, { recursive: true });
});

afterAll(() => consumer?.remove());

describe('in Node', () => {
  test('both builds run', async () => {
    const { stdout, stderr } = await consumer.node('node.js');
    expect(stderr).toBe('');
    expect(stdout).toContain('release: 99 entries');
    expect(stdout).toContain('checked: 99 entries');
  });

  test('the wasm files are there for who loads them himself', async () => {
    await writeFile(
      join(consumer.folder, 'wasm.js'),
      `import { readFile } from 'node:fs/promises';
       for (const name of ['release', 'checked']) {
         const url = new URL(import.meta.resolve(\`hmap-wasm/\${name}.wasm\`));
         console.log(name, WebAssembly.validate(await readFile(url)));
       }`,
    );
    const { stdout } = await consumer.node('wasm.js');
    expect(stdout).toBe('release true\nchecked true\n');
  });

  test.each(['hmap-wasm', 'hmap'])('the command %s says what it can do', async (bin) => {
    const { code, stdout } = await consumer.shell(`${bin} --help`);
    expect(stdout).toContain('reproduce');
    expect(code).toBe(0);
  });
});

describe('types', () => {
  test.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])('with moduleResolution %s', async (moduleResolution, module) => {
    const config = `tsconfig.${moduleResolution}.json`;
    await writeFile(
      join(consumer.folder, config),
      JSON.stringify({
        compilerOptions: {
          target: 'es2022',
          lib: ['es2023', 'esnext.disposable', 'dom'],
          module,
          moduleResolution,
          // No types of Node: the package's own must do without.
          types: [],
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          skipLibCheck: false,
        },
        files: ['consumer.ts'],
      }),
    );
    const { code, stdout } = await consumer.node(inProject('node_modules/typescript/bin/tsc'), '-p', config);
    expect(stdout).toBe('');
    expect(code).toBe(0);
  });
});

describe('README', () => {
  test('names every release and target, and which release is the default', () => {
    const page = readFileSync(inProject('README.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| (?:1\.|all of these)/.test(line));
    const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
    const named = cells.flatMap(([, releases]) => releases?.match(/1\.\d+(?:-noswissmap)?/g) ?? []);
    expect(named).toEqual(RELEASES.map(({ name }) => name));
    expect(page).toContain(`${DEFAULT_RELEASE} (the default)`);
    expect(new Set(cells.map(([, , , target]) => target))).toEqual(new Set(TARGETS.map(({ name }) => name)));
  });

  test('lists the catalogue', () => {
    const page = readFileSync(inProject('README.md'), 'utf8');
    const [, table = ''] = page.split('| case | what goes wrong |\n|---|---|\n');
    const rows = table.slice(0, table.indexOf('\n\n')).split('\n');
    expect(rows).toEqual(cases.map(({ name, title }) => `| \`${name}\` | ${title} |`));
  });

  test('has a runnable snippet', () => {
    expect(snippets.length).toBeGreaterThan(0);
  });

  test.each(snippets.map((snippet) => [snippet.line, snippet] as const))(
    'the snippet on line %i prints what the page says',
    async (line, snippet) => {
      const { stdout, stderr } = await runSnippet(snippet, `readme-${line}.js`);
      expect(`${stdout}${stderr}`.trimEnd()).toBe(snippet.output.trimEnd());
    },
  );
});

async function runSnippet(snippet: Snippet, file: string) {
  if (snippet.language === 'sh') return consumer.shell(snippet.code);
  const code = snippet.language === 'ts' ? withoutTypes(snippet.code) : snippet.code;
  await writeFile(join(consumer.folder, file), code);
  return consumer.node(file);
}

const withoutTypes = (code: string): string =>
  ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  }).outputText;
