/**
 * The runnable snippets of a page.
 *
 * A fenced block of js, ts or sh is one if a fenced block of text follows it at once, with
 * nothing but empty lines between: that is the output it must have, to the letter.
 */

export type Language = 'js' | 'ts' | 'sh';

export interface Snippet {
  readonly language: Language;
  readonly code: string;
  readonly output: string;
  /** The line of the page on which the code begins, from 1. */
  readonly line: number;
}

interface Block {
  readonly language: string;
  readonly content: string;
  readonly firstLine: number;
  readonly endLine: number;
}

export function snippetsOf(page: string): Snippet[] {
  const lines = page.split('\n');
  const blocks = blocksOf(lines);
  return blocks.flatMap((block, index) => {
    const next = blocks[index + 1];
    if (!isLanguage(block.language) || next?.language !== 'text') return [];
    const between = lines.slice(block.endLine + 1, next.firstLine - 1);
    if (between.some((line) => line.trim() !== '')) return [];
    return [
      { language: block.language, code: block.content, output: next.content, line: block.firstLine + 1 },
    ];
  });
}

const isLanguage = (name: string): name is Language => ['js', 'ts', 'sh'].includes(name);

/** All fenced blocks; lines are counted from 0, `firstLine` is the first one inside. */
function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = /^(```+|~~~+)\s*(\w*)/.exec(lines[at] ?? '');
    if (!fence) continue;
    const firstLine = at + 1;
    const end = lines.findIndex((line, index) => index >= firstLine && line.trimEnd() === fence[1]);
    const endLine = end === -1 ? lines.length : end;
    blocks.push({
      language: fence[2] ?? '',
      content: lines.slice(firstLine, endLine).join('\n'),
      firstLine,
      endLine,
    });
    at = endLine;
  }
  return blocks;
}
