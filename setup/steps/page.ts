import path from 'node:path';
import { places, root } from '../places.ts';
import { mustRun } from '../program.ts';
import type { SetUpStep } from '../step.ts';

export const page: SetUpStep = {
  name: 'page',
  after: [],
  inputs: ['web/**/*', 'lambdas/contracts/*.ts', 'package-lock.json'],
  outputs: [path.join(places.pageBuild, 'index.html')],
  async run() {
    await mustRun('building the page', 'its message stands above.', path.join(root, 'node_modules/.bin/vite'), [
      'build',
      '--config',
      'web/vite.config.ts',
      '--logLevel',
      'warn',
    ]);
  },
};
