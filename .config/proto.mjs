// Generates src/grpc/generated/ from proto/: the wire codec and the service definitions, nothing
// that is read at run time. `node .config/proto.mjs [directory]` writes elsewhere, for the test
// that compares what is committed with a fresh generation.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const out = process.argv[2] ?? 'src/grpc/generated';
const HEADER = '// Generated from proto/ by `npm run build:proto`. Do not edit.\n';

const template = {
  version: 'v2',
  plugins: [
    {
      local: 'node_modules/.bin/protoc-gen-ts_proto',
      out,
      opt: [
        'outputServices=grpc-js',
        'outputJsonMethods=false',
        'outputPartialMethods=false',
        'outputTypeRegistry=false',
        'esModuleInterop=true',
        'outputClientImpl=false',
        'forceLong=number',
        'unrecognizedEnum=false',
        'importSuffix=.ts',
        'useExactTypes=false',
        'annotateFilesWithVersion=false',
        'comments=false',
      ],
    },
  ],
};

mkdirSync(out, { recursive: true });
execFileSync(
  'node_modules/.bin/buf',
  ['generate', 'proto', '--template', JSON.stringify(template)],
  {
    stdio: 'inherit',
  },
);
for (const name of readdirSync(out)) {
  const path = join(out, name);
  writeFileSync(path, HEADER + readFileSync(path, 'utf8'));
}
