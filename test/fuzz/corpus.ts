import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'corpus');

/** The seeds of a folder of the corpus, by the names of their files. */
export function corpusBytes(folder: string): Buffer[] {
  const names = readdirSync(join(FOLDER, folder)).sort();
  return names.map((name) => {
    const bytes = readFileSync(join(FOLDER, folder, name));
    return name.endsWith('.hex') ? hexBytes(bytes.toString('utf8')) : bytes;
  });
}

export function corpusTexts(folder: string): string[] {
  return corpusBytes(folder).map((bytes) => bytes.toString('utf8'));
}

/** Bytes as people can read them: hexadecimal, blanks anywhere, remarks from `#` on. */
function hexBytes(text: string): Buffer {
  return Buffer.from(text.replace(/#.*$/gm, '').replace(/\s+/g, ''), 'hex');
}
