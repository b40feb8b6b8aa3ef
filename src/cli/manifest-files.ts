import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../config/sources.ts';
import { type ManifestObject, objectsIn } from '../wiring/objects.ts';
import type { Complain, Terminal } from './terminal.ts';

const MANIFEST = /\.(?:ya?ml|json)$/;

/**
 * All objects of files, folders (with those in them) and standard input; null when something
 * cannot be read, which is said then.
 */
export async function readManifests(
  paths: readonly string[],
  terminal: Terminal,
  complain: Complain,
): Promise<ManifestObject[] | null> {
  try {
    const objects: ManifestObject[] = [];
    for (const path of paths) {
      for (const file of await filesIn(path)) {
        const source = await readSource(file, terminal);
        const found = objectsOf(file, source);
        if (found instanceof Error && (file === path || !isTemplate(source))) throw found;
        if (found instanceof Error) complain(`${file}: left out: a template of Helm`);
        else objects.push(...found);
      }
    }
    return objects;
  } catch (thrown) {
    complain((thrown as Error).message);
    return null;
  }
}

/** Lines of Helm's own, which seldom begin one of YAML. */
function isTemplate(source: string): boolean {
  return /^\s*\{\{-?\s*(?:if|range|with|define|include|\/\*|\$|\.)/m.test(source);
}

/** @throws Error naming the file */
async function readSource(file: string, terminal: Terminal): Promise<string> {
  try {
    return await terminal.read(file);
  } catch (thrown) {
    throw new Error(`${file}: ${errnoOf(thrown)}`);
  }
}

/** An error names the file, and the line of what is no YAML. */
function objectsOf(file: string, source: string): ManifestObject[] | Error {
  try {
    return objectsIn(file, source);
  } catch (thrown) {
    return new Error(`${file}: ${(thrown as Error).message}`);
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
