import path from 'node:path';
import { modelArchiveFile, servedLocally } from '../model-archives.ts';
import { places, root } from '../places.ts';
import { mustRun } from '../program.ts';
import type { SetUpStep } from '../step.ts';

export const models: SetUpStep = {
  name: 'models',
  after: ['python'],
  inputs: [
    'model-packaging/wirescope_models/**/*.py',
    'model-packaging/wirescope_serving/**/*',
    'model-packaging/requirements.txt',
    'model-packaging/models/**/*',
    'lib/config/local.ts',
  ],
  outputs: servedLocally().map(modelArchiveFile),
  async run(report) {
    await mustRun(
      'packaging the models',
      'check the network and try again.',
      places.pythonBinary,
      [
        '-m',
        'wirescope_models',
        'package',
        '--out',
        places.models,
        '--only',
        servedLocally()
          .map((model) => model.name)
          .join(','),
      ],
      { cwd: path.join(root, 'model-packaging'), onLine: report },
    );
  },
};
