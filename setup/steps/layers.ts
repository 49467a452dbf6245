import { cp, link, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { places, root } from '../places.ts';
import type { SetUpStep } from '../step.ts';

const modules = path.join(root, 'node_modules');
const sharpLayer = path.join(places.layers, 'sharp');
const ffmpegLayer = path.join(places.layers, 'ffmpeg');

/** sharp and all that it needs at run time on Lambda's x86-64 Linux; its other platform builds stay behind. */
async function sharpPackages(): Promise<string[]> {
  const found = new Set<string>();
  const queue = ['sharp', '@img/sharp-linux-x64', '@img/sharp-libvips-linux-x64'];
  for (let name = queue.shift(); name; name = queue.shift()) {
    if (found.has(name)) continue;
    found.add(name);
    const manifest = JSON.parse(await readFile(path.join(modules, name, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    queue.push(...Object.keys(manifest.dependencies ?? {}));
  }
  return [...found].sort();
}

export const layers: SetUpStep = {
  name: 'layers',
  after: ['ffmpeg'],
  inputs: ['setup/steps/layers.ts', 'package-lock.json'],
  outputs: [path.join(sharpLayer, 'nodejs', 'node_modules', 'sharp'), path.join(ffmpegLayer, 'bin', 'ffmpeg')],
  async run() {
    await rm(places.layers, { recursive: true, force: true });
    for (const name of await sharpPackages()) {
      const target = path.join(sharpLayer, 'nodejs', 'node_modules', name);
      await mkdir(path.dirname(target), { recursive: true });
      await cp(path.join(modules, name), target, { recursive: true, dereference: true });
    }
    await mkdir(path.join(ffmpegLayer, 'bin'), { recursive: true });
    for (const program of [places.ffmpeg, places.ffprobe])
      await link(program, path.join(ffmpegLayer, 'bin', path.basename(program)));
  },
};
