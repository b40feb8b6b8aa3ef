import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as abi from '../../src/wasm/abi.ts';
import { ROOT, sourceOf, walk } from './sources.ts';

const WASM = join(ROOT, 'dist/kedastral.wasm');
const GUEST_ABI = sourceOf('assembly/abi.ts').text;
const WASM_BYTES_MAX = 96 * 1024;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(WASM));
});

/** The members of the interface KernelExports. */
function mirroredNames(): string[] {
  const names: string[] = [];
  walk(sourceOf('src/wasm/abi.ts'), (node) => {
    if (node.type !== 'TSInterfaceDeclaration' || node.id.name !== 'KernelExports') return;
    for (const member of node.body.body) names.push(member.key.name);
  });
  return names.sort();
}

/** `export const NAME: i32 = value;` of the guest's contract. */
function guestConstant(name: string): number {
  const value = new RegExp(`export const ${name}: i32 = (-?\\d+);`).exec(GUEST_ABI)?.[1];
  return Number(value);
}

describe('the WebAssembly module', () => {
  it('exports the names that the host knows, and no others', () => {
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(names.sort()).toEqual(mirroredNames());
  });

  it('imports nothing', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });

  it('has a memory that cannot grow', async () => {
    const { exports } = await WebAssembly.instantiate(module, {});
    const memory = exports.memory as WebAssembly.Memory;
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it('starts each buffer inside its memory, with room for what its capacity says', async () => {
    const { exports } = await WebAssembly.instantiate(module, {});
    const kernel = exports as unknown as abi.KernelExports;
    for (const [pointer, capacity] of Object.entries(abi.BUFFERS)) {
      const start = kernel[pointer as abi.BufferName].value;
      expect(start % 8, pointer).toBe(0);
      const end = start + kernel[capacity].value * 8;
      expect(end, pointer).toBeLessThanOrEqual(kernel.memory.buffer.byteLength);
    }
  });

  it('speaks the version and the result codes of the host', () => {
    expect(guestConstant('ABI_VERSION')).toBe(abi.ABI_VERSION);
    for (const [name, value] of Object.entries(abi.RESULT)) {
      const isRefusal = value < 0;
      expect(guestConstant(isRefusal ? `ERR_${name}` : name), name).toBe(value);
    }
  });

  it(`is within ${WASM_BYTES_MAX} bytes`, () => {
    expect(statSync(WASM).size).toBeLessThanOrEqual(WASM_BYTES_MAX);
  });
});
