import { readFile } from 'node:fs/promises';
import { KedastralError } from '../errors.ts';
import { Kernel } from './kernel.ts';

/** Where the module lies: beside a bundle, one folder above its chunks, in dist/ seen from src/. */
const PLACES = ['./kedastral.wasm', '../kedastral.wasm', '../../dist/kedastral.wasm'];

/**
 * Loads the WebAssembly module that belongs to this program.
 *
 * @throws KedastralError kernel_mismatch, also when it is not there
 */
export async function loadKernel(): Promise<Kernel> {
  for (const place of PLACES) {
    const bytes = await readIfThere(new URL(place, import.meta.url));
    if (bytes) return Kernel.load(bytes);
  }
  throw new KedastralError('kernel_mismatch', 'kernel', 'kedastral.wasm is not beside the program');
}

async function readIfThere(url: URL): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await readFile(url);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
}
