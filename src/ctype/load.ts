/** Loads the C parser: tree-sitter with its C grammar, once a process and only when asked. */
import { Language, type Node, Parser, type Tree } from 'web-tree-sitter';
import { findParser } from '#find-wasm';
import { CError } from './errors.ts';
import { MAX_PARSE_MS } from './limits.ts';

export type { Node };

/** A syntax tree; `free` gives its memory back. */
export interface SyntaxTree {
  readonly root: Node;
  free(): void;
}

/** Turns a text into a syntax tree, right or wrong. */
export type Grammar = (text: string, source: string, at: number) => SyntaxTree;

let loaded: Promise<Grammar> | undefined;

/** The grammar, loaded at the first call. A failure is not kept: the next call tries again. */
export function loadGrammar(): Promise<Grammar> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function load(): Promise<Grammar> {
  const { runtime, grammar } = await findParser();
  await Parser.init({ wasmBinary: runtime });
  const language = await Language.load(grammar);
  const parser = new Parser();
  parser.setLanguage(language);
  return (text, source, at) => {
    const end = Date.now() + MAX_PARSE_MS;
    // A true answer ends the parse.
    const tree: Tree | null = parser.parse(text, null, { progressCallback: () => Date.now() > end });
    if (tree === null) {
      parser.reset();
      throw new CError(`this is no C that could be read within ${MAX_PARSE_MS / 1000} seconds`, source, at);
    }
    return { root: tree.rootNode, free: () => tree.delete() };
  };
}
