// Parts of dependencies that the sidecar never reaches, left out of its bundle: 230 KB of 350.
// The gRPC client and run-time proto loading (asked for only by channelz and ORCA, both off),
// OpenTelemetry (exemplars, off) and the digest of prom-client's summaries (none are used).
const UNUSED = /^(\.\/make-client|@grpc\/proto-loader|@opentelemetry\/api|tdigest)$/;
const NAMESPACE = 'unused';

/** An esbuild plugin; whoever calls such a part gets an error that names it. */
export const unusedParts = {
  name: 'unused-parts',
  setup(build) {
    build.onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace: NAMESPACE }));
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => () => {
        throw new Error(${JSON.stringify(`${path} is not in this bundle: `)} + String(name));
      } });`,
    }));
  },
};
