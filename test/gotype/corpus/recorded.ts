/**
 * The recorded corpus as a file: JSON, one record a line. First the head, then the declarations in their order, then
 * the types, sorted by their texts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../oracle/paths.ts';
import type { Corpus, Declaration } from './generate.ts';
import type { MapFacts, Row } from './judge.ts';

export const RECORDED = join(ROOT, 'test', 'gotype', 'corpus', 'corpus.recorded.jsonl');
/** The release whose rows stand in full. */
export const FIRST = '1.19';

export interface Head {
  readonly seed: number;
  readonly count: number;
  /** What `go version` says of the release whose rows stand in full. */
  readonly go: string;
  /** Where every row was the same, but for what stands under `later`: a release and a processor each. */
  readonly compared: readonly string[];
}

export interface RecordedType {
  readonly type: string;
  readonly row: Row;
  /** By release: the members of the row that are different there. */
  readonly later: Readonly<Record<string, Partial<Row>>>;
}

export interface RecordedCorpus {
  readonly head: Head;
  readonly declarations: readonly Declaration[];
  readonly types: readonly RecordedType[];
}

/** What a release says of a type. */
export const rowOn = ({ row, later }: RecordedType, release: string): Row => ({ ...row, ...later[release] });

/** The members of `row` that are different from `from`'s. */
export function changes(from: Row, row: Row): Partial<Row> {
  const members = Object.entries(row).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(from[name as keyof Row]),
  );
  return Object.fromEntries(members);
}

export function corpusOf({ declarations, types }: RecordedCorpus): Corpus {
  return { declarations, types: types.map(({ type }) => type) };
}

/** What follows from the type's text is left out of the file. */
const bucketText = (string: string): string => `map.bucket${string.slice('map'.length)}`;

function lineOf({ type, row, later }: RecordedType): string {
  const { string, map, ...rest } = row;
  const slim = (facts: MapFacts) => {
    const { string: text, ...bucket } = facts.bucket;
    return { ...facts, bucket: text === bucketText(string) ? bucket : facts.bucket };
  };
  return JSON.stringify({
    type,
    ...(string === type ? {} : { string }),
    ...rest,
    ...(map === undefined ? {} : { map: slim(map) }),
    ...(Object.keys(later).length === 0 ? {} : { later }),
  });
}

function readLine(line: string): RecordedType {
  const { type, string = type, later = {}, map, ...rest } = JSON.parse(line);
  const bucket = { string: bucketText(string), ...map?.bucket };
  return {
    type,
    row: { string, ...rest, ...(map === undefined ? {} : { map: { ...map, bucket } }) },
    later,
  };
}

export function textOf({ head, declarations, types }: RecordedCorpus): string {
  const lines = [head, ...declarations].map((one) => JSON.stringify(one));
  return `${[...lines, ...types.map(lineOf)].join('\n')}\n`;
}

/** The recorded corpus; undefined if there is none. */
export function readRecorded(): RecordedCorpus | undefined {
  if (!existsSync(RECORDED)) return undefined;
  const [head = '', ...lines] = readFileSync(RECORDED, 'utf8').trimEnd().split('\n');
  const isDeclaration = (line: string) => line.startsWith('{"name"');
  return {
    head: JSON.parse(head),
    declarations: lines.filter(isDeclaration).map((line) => JSON.parse(line)),
    types: lines.filter((line) => !isDeclaration(line)).map(readLine),
  };
}
