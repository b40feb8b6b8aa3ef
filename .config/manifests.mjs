// Rewrites what manifests/ holds twice: the rules as an object of the Prometheus Operator.
import { readFileSync, writeFileSync } from 'node:fs';

const MONITORING = new URL('../manifests/monitoring/', import.meta.url);
const HEAD = `# Generated from rules.yaml by \`npm run docs\`.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: kedastral
  labels:
    app.kubernetes.io/name: kedastral
spec:
`;

const read = (name) => readFileSync(new URL(name, MONITORING), 'utf8');
const groups = read('rules.yaml').replace(/^(?:#.*\n)+/, '');
writeFileSync(new URL('prometheusrule.yaml', MONITORING), HEAD + groups.replace(/^(?=.)/gm, '  '));
