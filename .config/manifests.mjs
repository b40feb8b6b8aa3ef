// Rewrites what manifests/ holds in a second form: the rules as an object of the Prometheus
// Operator, the application without its sidecar, the sidecar as a patch, and of the chart the schema
// of its values and the files that its templates show. Run through tsx, as it reads from src/.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { Document, parseDocument } from 'yaml';
import { chartSchema } from './chart-schema.ts';

const MANIFESTS = new URL('../manifests/', import.meta.url);
const CONTAINERS = ['spec', 'template', 'spec', 'containers'];
const SIDECAR = 'kedastral';
const FORM = { lineWidth: 0, flowCollectionPadding: false };

const RULE_HEAD = `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: kedastral
  labels:
    app.kubernetes.io/name: kedastral
spec:
`;

/** A file without the comment that it begins with. */
function withoutHead(name) {
  return readFileSync(new URL(name, MANIFESTS), 'utf8').replace(/^(?:#.*\n)+/, '');
}

function write(name, source, text) {
  const head = `# Generated from ${source} by \`npm run docs\`.\n`;
  writeFileSync(new URL(name, MANIFESTS), head + text);
}

function writeRules() {
  const groups = withoutHead('monitoring/rules.yaml');
  const text = RULE_HEAD + groups.replace(/^(?=.)/gm, '  ');
  write('monitoring/prometheusrule.yaml', 'rules.yaml', text);
}

function writeSidecar() {
  const deployment = parseDocument(withoutHead('deployment.yaml'));
  const containers = deployment.getIn(CONTAINERS);
  const index = containers.items.findIndex((item) => item.get('name') === SIDECAR);
  const [sidecar] = containers.items.splice(index, 1);
  sidecar.spaceBefore = false;
  write('base/deployment.yaml', '../deployment.yaml', deployment.toString(FORM));

  const patch = new Document([{ op: 'add', path: `/${CONTAINERS.join('/')}/-` }]);
  patch.contents.items[0].set('value', sidecar);
  write('sidecar/patch.yaml', '../deployment.yaml', patch.toString(FORM));
  for (const name of ['service.yaml', 'scaledobject.yaml']) {
    write(`sidecar/${name}`, `../${name}`, withoutHead(name));
  }
}

function writeChart() {
  const schema = `${JSON.stringify(chartSchema(), null, 2)}\n`;
  writeFileSync(new URL('chart/values.schema.json', MANIFESTS), schema);
  write(
    'chart/files/rules.yaml',
    '../../monitoring/rules.yaml',
    withoutHead('monitoring/rules.yaml'),
  );
  const files = ['monitoring/dashboard.json', 'chart/files/dashboard.json'];
  const [from, to] = files.map((file) => new URL(file, MANIFESTS));
  copyFileSync(from, to);
}

writeRules();
writeSidecar();
writeChart();
