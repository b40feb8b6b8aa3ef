// Writes build/sbom.cdx.json: a software bill of materials (CycloneDX) of what dist/ is built from.
// Packages that only build and test are left out, but for the compiler whose runtime is in the
// WebAssembly module.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const OUTPUT = 'build/sbom.cdx.json';
const COMPILED_IN = ['assemblyscript'];

const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
if (status !== 0) throw new Error(`npm sbom: ${stderr}`);

const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
const bom = JSON.parse(stdout);
// npm takes the name of the folder.
bom.metadata.component.name = name;
bom.components = bom.components.filter((component) => {
  const isForDevelopment = component.properties?.some(
    (property) => property.name === 'cdx:npm:package:development' && property.value === 'true',
  );
  return !isForDevelopment || COMPILED_IN.includes(component.name);
});
const kept = new Set([
  bom.metadata.component['bom-ref'],
  ...bom.components.map((component) => component['bom-ref']),
]);
bom.dependencies = bom.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((to) => kept.has(to)) }));

mkdirSync('build', { recursive: true });
writeFileSync(OUTPUT, `${JSON.stringify(bom, null, 2)}\n`);
console.log(`${OUTPUT}: ${bom.components.length} components`);
