/** Files that arguments name. */
import { readFile, writeFile } from 'node:fs/promises';
import { UsageError } from './io.ts';

/** @throws UsageError for a file that cannot be read */
export async function contents(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** @throws UsageError for a file that cannot be written */
export async function save(file: string, data: Uint8Array | Iterable<string>): Promise<void> {
  try {
    await writeFile(file, data);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`);
  }
}
