import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { places, root } from '../setup/places.ts';

/** One part of the test run and how to count what it did. */
interface Phase {
  name: string;
  program: string;
  args: string[];
  cwd?: string;
  count: (exitCode: number) => Tally;
}
interface Tally {
  passed: number;
  failed: number;
}

const binary = (name: string): string => path.join(root, 'node_modules', '.bin', name);
const reports = mkdtempSync(path.join(tmpdir(), 'wirescope-test-'));

/** A check that has no tests of its own counts as one. */
const asOne = (exitCode: number): Tally => (exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

/** A runner that failed without a failing test, or counted none at all, has itself failed. */
const honest = (exitCode: number, tally: Tally): Tally =>
  (exitCode !== 0 && tally.failed === 0) || tally.passed + tally.failed === 0
    ? { ...tally, failed: tally.failed + 1 }
    : tally;

function vitest(name: string, config: string): Phase {
  const report = path.join(reports, `${config}.json`);
  return {
    name,
    program: binary('vitest'),
    args: ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    count(exitCode) {
      try {
        const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
        return honest(exitCode, { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 });
      } catch {
        return { passed: 0, failed: 1 };
      }
    },
  };
}

function pytest(name: string, directory: string, paths: string[]): Phase {
  const report = path.join(reports, `${name}.xml`);
  return {
    name,
    program: places.pythonBinary,
    args: ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${report}`, ...paths],
    cwd: path.join(root, directory),
    count(exitCode) {
      try {
        const suite = readFileSync(report, 'utf8');
        const attribute = (key: string): number =>
          Number(new RegExp(`<testsuite [^>]*\\b${key}="(\\d+)"`).exec(suite)?.[1] ?? 0);
        const failed = attribute('failures') + attribute('errors');
        return honest(exitCode, { passed: attribute('tests') - failed - attribute('skipped'), failed });
      } catch {
        return { passed: 0, failed: 1 };
      }
    },
  };
}

const phases: Phase[] = [
  { name: 'style', program: binary('biome'), args: ['ci', '--diagnostic-level=warn', '.'], count: asOne },
  { name: 'types', program: binary('tsc'), args: ['--noEmit', '-p', '.'], count: asOne },
  {
    name: 'python style',
    program: places.pythonBinary,
    args: ['-m', 'ruff', 'check', 'model-packaging', 'local', 'bin', 'measure'],
    count: asOne,
  },
  vitest('unit and integration', 'vitest.config.ts'),
  pytest('model-packaging', 'model-packaging', ['.']),
  pytest('local', '.', ['local']),
  pytest('measure', '.', ['measure']),
  { name: 'search quality', program: process.execPath, args: ['evaluation/run.ts', '--gate'], count: asOne },
  vitest('whole system', 'vitest.stack.config.ts'),
];

function run(phase: Phase): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(phase.program, phase.args, { cwd: phase.cwd ?? root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

const wanted = process.argv.slice(2);
const total: Tally = { passed: 0, failed: 0 };
const lines: string[] = [];
for (const phase of phases.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n=== ${phase.name}`);
  const started = Date.now();
  const tally = phase.count(await run(phase));
  total.passed += tally.passed;
  total.failed += tally.failed;
  lines.push(
    `${phase.name.padEnd(24)} ${String(tally.passed).padStart(5)} passed ${String(tally.failed).padStart(4)} failed ${((Date.now() - started) / 1000).toFixed(0).padStart(5)} s`,
  );
}
rmSync(reports, { recursive: true, force: true });
console.log(`\n${lines.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
