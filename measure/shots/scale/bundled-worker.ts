import path from 'node:path';
import { build } from 'esbuild';
import { places } from '../../../setup/places.ts';

/**
 * Bundles the worker as the functions of lib/resources/archive-function.ts are bundled: what Node needs to read
 * TypeScript, and modules of other tasks, some 60 MB together, are no part of a worker.
 * @returns the bundle's path, from which `sharp` is found.
 */
export async function bundleWorker(): Promise<string> {
  const outfile = path.join(places.workshop, 'measure', 'shots-scale', 'worker.cjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'worker.ts')],
    outfile,
    ...{ bundle: true, minify: true, platform: 'node', target: 'node24', format: 'cjs', external: ['sharp'] },
  });
  return outfile;
}
