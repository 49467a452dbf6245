import path from 'node:path';
import { places, root } from '../places.ts';
import { mustRun } from '../program.ts';
import type { SetUpStep } from '../step.ts';

export const samples: SetUpStep = {
  name: 'samples',
  after: ['ffmpeg'],
  inputs: ['local/samples/**/*'],
  outputs: [path.join(places.samples, 'incoming')],
  async run(report) {
    await mustRun(
      'fetching the sample newsroom',
      'check the network and try again.',
      process.execPath,
      [path.join(root, 'local/samples/fetch.ts'), '--directory', places.samples],
      { onLine: report, env: { WIRESCOPE_PYTHON: places.pythonBinary, FFMPEG_PATH: places.ffmpeg } },
    );
  },
};
