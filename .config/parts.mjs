// Makes sure that the real parts which `npm test` runs against are there: Debian's redis-server,
// prometheus with promtool and some small tools, and in build/python a Python environment with a
// gRPC client and the linters of manifests/. What is missing is installed when that is allowed;
// otherwise this stops and says what to install; no service is left running. Where there is Go,
// helm and kustomize are built into build/go; without, their tests are skipped, and this says so.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Commands by the Debian package that brings them. */
const COMMANDS = {
  'redis-server': 'redis-server',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  curl: 'curl',
  faketime: 'faketime',
  openssl: 'openssl',
  python3: 'python3',
  chromium: 'chromium',
};
const PYTHON_HOME = 'build/python';
const REQUIREMENTS = 'test/requirements.txt';
const GO_HOME = 'build/go';
/** Go modules by the command that each builds. */
const GO_MODULES = {
  helm: 'helm.sh/helm/v3/cmd/helm@v3.22.0',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1',
};
const POLICY = '/usr/sbin/policy-rc.d';
const INSTALL = ['install', '-y', '--no-install-recommends'];

function run(command, args, options = {}) {
  return spawnSync(command, args, { stdio: 'inherit', ...options }).status === 0;
}

function isOnPath(command) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, command)));
}

function stop(problem, packages) {
  const wanted = [...new Set(packages)].join(' ');
  console.error(`${problem}\nInstall them and try again, e.g.:\n`);
  console.error(`  sudo apt-get install ${INSTALL.slice(2).join(' ')} ${wanted}\n`);
  process.exit(1);
}

/** The words before a command that make it root's, or null when root is out of reach. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return run('sudo', ['-n', 'true'], { stdio: 'ignore' }) ? ['sudo', '-n'] : null;
}

function asRoot(prefix, command, ...args) {
  const [first, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', command, ...args];
  return run(first, rest);
}

/** Debian starts a service on install unless policy-rc.d forbids it; one that is there stays. */
function withoutServices(prefix, task) {
  if (existsSync(POLICY)) return task();
  const folder = mkdtempSync(join(tmpdir(), 'kedastral-'));
  const script = join(folder, 'policy-rc.d');
  writeFileSync(script, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return asRoot(prefix, 'install', '-m', '755', script, POLICY) && task();
  } finally {
    asRoot(prefix, 'rm', '-f', POLICY);
    rmSync(folder, { recursive: true });
  }
}

function installPackages(packages) {
  const names = [...new Set(packages)];
  console.log(`installing ${names.join(', ')} …`);
  const prefix = isOnPath('apt-get') ? rootPrefix() : null;
  if (!prefix) stop('The tests need real parts, and this user may not install them.', names);
  const done = withoutServices(
    prefix,
    () =>
      asRoot(prefix, 'apt-get', '-qq', 'update') &&
      asRoot(prefix, 'apt-get', '-qq', ...INSTALL, ...names),
  );
  if (!done) stop('The real parts of the tests could not be installed.', names);
}

function missingPackages() {
  const missing = Object.keys(COMMANDS).filter((command) => !isOnPath(command));
  return missing.map((command) => COMMANDS[command]);
}

function ensureCommands() {
  if (missingPackages().length > 0) installPackages(missingPackages());
  const left = missingPackages();
  if (left.length > 0) stop('Some real parts are installed, but not on PATH.', left);
}

function ensurePython() {
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  const stamp = join(PYTHON_HOME, 'requirements.sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  console.log(`installing ${REQUIREMENTS} into ${PYTHON_HOME} …`);
  rmSync(PYTHON_HOME, { recursive: true, force: true });
  const create = () => run('python3', ['-m', 'venv', PYTHON_HOME], { stdio: 'ignore' });
  if (!create()) {
    installPackages(['python3-venv']);
    if (!create()) stop('python3 cannot make a virtual environment.', ['python3-venv']);
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  if (!run(join(PYTHON_HOME, 'bin/python'), [...pip, '--requirement', REQUIREMENTS])) {
    console.error(`${REQUIREMENTS} could not be installed from the Python package index.`);
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

function ensureGoModules() {
  for (const [command, module] of Object.entries(GO_MODULES)) {
    const bin = join(GO_HOME, module.replace(/\W/g, '-'));
    if (existsSync(join(bin, command))) continue;
    if (!isOnPath('go')) {
      console.warn(`SKIPPED: no Go to build ${module} with; its tests are skipped.`);
      continue;
    }
    console.log(`building ${module} into ${GO_HOME} …`);
    const env = { ...process.env, GOBIN: resolve(bin) };
    if (!run('go', ['install', '-trimpath', '-ldflags=-s -w', module], { env })) {
      console.warn(`SKIPPED: ${module} could not be built; its tests are skipped.`);
    }
  }
}

ensureCommands();
ensurePython();
ensureGoModules();
