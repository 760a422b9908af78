import { expect, test } from 'vitest';
import { snippetsOf } from './snippets.ts';

test('a block of code with its output right behind it is a snippet', () => {
  const page = ['Text.', '```ts', 'console.log(1);', '```', '', '```text', '1', '```', ''].join('\n');
  expect(snippetsOf(page)).toEqual([{ language: 'ts', code: 'console.log(1);', output: '1', line: 3 }]);
});

test('without an output, with words between, or in another language it is none', () => {
  const fence = (language: string): string => `\`\`\`${language}\nx\n\`\`\`\n`;
  expect(snippetsOf(fence('js'))).toEqual([]);
  expect(snippetsOf(`${fence('js')}It may print:\n${fence('text')}`)).toEqual([]);
  expect(snippetsOf(fence('go') + fence('text'))).toEqual([]);
  expect(snippetsOf(fence('text') + fence('js'))).toEqual([]);
});

test('a fence inside a longer fence does not end it', () => {
  const page = '````text\n```js\nx\n```\n````\n```sh\ny\n```\n```text\nz\n```';
  expect(snippetsOf(page)).toEqual([{ language: 'sh', code: 'y', output: 'z', line: 7 }]);
});
