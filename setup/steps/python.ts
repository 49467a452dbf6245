import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { places } from '../places.ts';
import { mustRun, runProgram } from '../program.ts';
import { SetUpError, type SetUpStep } from '../step.ts';

const requirements = ['bin/requirements.txt', 'model-packaging/requirements.txt', 'local/requirements.txt'];
const minimumPython = [3, 11] as const;

/** The first Python on this machine that is new enough. */
async function systemPython(): Promise<string> {
  const candidates = [process.env['WIRESCOPE_PYTHON'], 'python3.11', 'python3.12', 'python3.13', 'python3'];
  for (const candidate of candidates) {
    if (!candidate) continue;
    const version = await runProgram(candidate, ['-c', 'import sys; print(*sys.version_info[:2])']).catch(
      () => undefined,
    );
    if (version?.code !== 0) continue;
    const [major = 0, minor = 0] = version.stdout.trim().split(' ').map(Number);
    if (major === minimumPython[0] && minor >= minimumPython[1]) return candidate;
  }
  throw new SetUpError('Python 3.11 or later is needed: install it as python3, or name it in WIRESCOPE_PYTHON.');
}

export const python: SetUpStep = {
  name: 'python',
  after: [],
  inputs: requirements,
  outputs: [places.pythonBinary],
  async run(report) {
    if (!existsSync(places.pythonBinary)) {
      await rm(places.python, { recursive: true, force: true });
      await mustRun(
        'making a Python environment',
        'install the venv module of your Python (Debian: python3-venv) and try again.',
        await systemPython(),
        ['-m', 'venv', places.python],
      );
    }
    report('installing packages');
    await mustRun(
      'installing Python packages',
      'check the network and the free disk, then try again.',
      places.pythonBinary,
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        ...requirements.flatMap((file) => ['-r', file]),
      ],
    );
    await mustRun('checking Python packages', 'remove .wirescope/python and try again.', places.pythonBinary, [
      '-m',
      'pip',
      'check',
    ]);
  },
};

export const pythonProgram = (name: string): string => path.join(places.python, 'bin', name);
