// The one file that must run before anything is installed: plain JavaScript for whatever Node starts it.
// usage: node setup/run.mjs --for NEED[,NEED...] [-- COMMAND ARG ...]
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stamp = path.join(root, '.wirescope', 'set-up', 'packages.sha256');
const binaries = path.join(root, 'node_modules', '.bin');

function giveUp(sentence) {
  console.error(`wirescope: ${sentence}`);
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) < 20)
  giveUp(`Node 20 or later is needed and this is ${process.versions.node}: install a current Node and try again.`);

const lock = createHash('sha256')
  .update(readFileSync(path.join(root, 'package-lock.json')))
  .digest('hex');
const isInstalled =
  existsSync(stamp) && readFileSync(stamp, 'utf8') === lock && existsSync(path.join(binaries, 'node'));
if (!isInstalled) {
  console.error('set-up: packages (npm ci)');
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] });
  } catch {
    giveUp('npm ci failed: its message stands above; check the network and the free disk, then try again.');
  }
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

const child = spawn(path.join(binaries, 'node'), [path.join(root, 'setup', 'set-up.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${binaries}${path.delimiter}${process.env.PATH}` },
});
// The child decides how to end: a signal from the terminal reaches it too, one sent to this process is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
