import { readFile } from 'node:fs/promises';
import { Kernel } from '../src/wasm/kernel.ts';

/** A fresh kernel of the built module. */
export async function loadKernel(): Promise<Kernel> {
  return Kernel.load(await readFile(new URL('../dist/kedastral.wasm', import.meta.url)));
}
