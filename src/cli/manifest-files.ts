import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../config/sources.ts';
import { type ManifestObject, objectsIn } from '../wiring/objects.ts';
import type { Terminal } from './terminal.ts';

const MANIFEST = /\.(?:ya?ml|json)$/;

/**
 * All objects of files, folders (with those in them) and standard input; null when something
 * cannot be read, which is said then.
 */
export async function readManifests(
  command: string,
  paths: readonly string[],
  terminal: Terminal,
): Promise<ManifestObject[] | null> {
  try {
    const objects: ManifestObject[] = [];
    for (const path of paths) {
      for (const file of await filesIn(path)) objects.push(...(await readManifest(file, terminal)));
    }
    return objects;
  } catch (thrown) {
    terminal.printError(`kedastral ${command}: ${(thrown as Error).message}\n`);
    return null;
  }
}

/** @throws Error naming the file, and the line of what is no YAML */
async function readManifest(file: string, terminal: Terminal): Promise<ManifestObject[]> {
  let source: string;
  try {
    source = await terminal.read(file);
  } catch (thrown) {
    throw new Error(`${file}: ${errnoOf(thrown)}`);
  }
  try {
    return objectsIn(file, source);
  } catch (thrown) {
    throw new Error(`${file}: ${(thrown as Error).message}`);
  }
}

/** The path itself, or of a folder its manifests in the order of their names. */
async function filesIn(path: string): Promise<string[]> {
  const isFolder = path !== '-' && (await stat(path).catch(() => null))?.isDirectory();
  if (!isFolder) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && MANIFEST.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
