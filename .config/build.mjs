// Builds dist/: the WebAssembly module and the bundles. `--if-stale` builds only what is older
// than its sources, `--guest` the module alone.
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import asc from 'assemblyscript/asc';
import binaryen from 'assemblyscript/binaryen';
import { build } from 'esbuild';
import { unusedParts } from './unused.mjs';

const WASM = 'dist/kedastral.wasm';
const BUNDLES = ['sidecar', 'kedastral', 'backtest', 'injector', 'worker'].filter((name) =>
  existsSync(`src/bin/${name}.ts`),
);

const ifStale = process.argv.includes('--if-stale');
const wasmOnly = process.argv.includes('--guest');

function newestMs(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

function isStale(output, sources) {
  return !existsSync(output) || statSync(output).mtimeMs < Math.max(...sources.map(newestMs));
}

async function buildWasm() {
  const { error, stderr } = await asc.main(['assembly/index.ts', '--target', 'release']);
  if (error) throw new Error(`asc: ${error.message}\n${stderr.toString()}`);
  shrinkWasm();
}

/** The passes of `wasm-opt -O3 -Oz` after those of asc, which set its own options and inline more:
 *  1 % smaller, as fast. No bit of an answer changes. */
function shrinkWasm() {
  const { SIMD128, BulkMemory, BulkMemoryOpt, SignExt, NontrappingFPToInt, MutableGlobals } =
    binaryen.Features;
  const module = binaryen.readBinary(readFileSync(WASM));
  module.setFeatures(
    SIMD128 | BulkMemory | BulkMemoryOpt | SignExt | NontrappingFPToInt | MutableGlobals,
  );
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(2);
  binaryen.setFastMath(false);
  binaryen.setAlwaysInlineMaxSize(2);
  binaryen.setFlexibleInlineMaxSize(20);
  binaryen.setOneCallerInlineMaxSize(-1);
  module.optimize();
  writeFileSync(WASM, module.emitBinary());
}

async function buildBundles() {
  // Chunks are named by their content: those of an earlier build would stay for ever.
  rmSync('dist/chunks', { recursive: true, force: true });
  await Promise.all(BUNDLES.map(buildBundle));
  // npm makes a command executable when it links it, not when it is built anew.
  chmodSync('dist/kedastral.js', 0o755);
}

/** Of package.json a bundle needs the version: its other lines say nothing to who runs it. */
const versionAlone = {
  name: 'version-alone',
  setup({ onLoad }) {
    onLoad({ filter: /package\.json$/ }, ({ path }) => {
      if (path !== resolve('package.json')) return null;
      const { version } = JSON.parse(readFileSync(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/** One at a time, so that a bundle is whole: its chunks hold only what it loads when asked to. */
async function buildBundle(name) {
  await build({
    entryPoints: [`src/bin/${name}.ts`],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    sourcemap: 'linked',
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'linked',
    plugins: [unusedParts, versionAlone],
    // CommonJS dependencies call require; ES modules have none of their own.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
}

if (!ifStale || isStale(WASM, ['assembly', 'asconfig.json'])) await buildWasm();
if (!wasmOnly) {
  const outputs = BUNDLES.map((name) => `dist/${name}.js`);
  const sources = ['src', 'proto', 'package.json', '.config/build.mjs'];
  if (!ifStale || outputs.some((output) => isStale(output, sources))) await buildBundles();
}
