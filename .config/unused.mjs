// Parts of dependencies that the sidecar never reaches, left out of its bundle: of the gRPC library
// its client and run-time proto loading (asked for only by channelz and ORCA, both off); of
// prom-client its cluster, push gateway, summaries, the set of all default collectors, and
// OpenTelemetry (exemplars, off). Two thirds of the bundle, and modules of Node's that they load.
const UNUSED = [
  /^\.\/make-client$/,
  /^@grpc\/proto-loader$/,
  /^\.\/lib\/(cluster|pushgateway|summary|defaultMetrics)$/,
  /^@opentelemetry\/api$/,
];
const OWNERS = /node_modules\/(@grpc\/grpc-js|prom-client)\//;
const NAMESPACE = 'unused';

/** An esbuild plugin; whoever calls such a part gets an error that names it. */
export const unusedParts = {
  name: 'unused-parts',
  setup(build) {
    for (const filter of UNUSED) {
      build.onResolve({ filter }, ({ path, importer }) =>
        OWNERS.test(importer) ? { path, namespace: NAMESPACE } : null,
      );
    }
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => () => {
        throw new Error(${JSON.stringify(`${path} is not in this bundle: `)} + String(name));
      } });`,
    }));
  },
};
