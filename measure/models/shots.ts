import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
import { QuietMachine } from '../quiet-machine.ts';
import { prepareModelAlone } from '../shots/speed/prepare.ts';

const wanted = { times: 3 };
const rounds = 3;
const scripts = path.join(import.meta.dirname, '..', 'shots', 'speed');

const runSchema = z.object({ seconds: z.number().positive(), frames: z.number().positive() });

/** TransNetV2 as it ships against the published package on torch: the same frames, one core, in turn. */
export async function measureShotsModel(): Promise<Measurement> {
  const { python, archive, archiveSha256, modelFile, framesFile } = await prepareModelAlone();
  const sides = {
    shipped: [places.pythonBinary, path.join(scripts, 'session.py'), archive, 'frames', framesFile, modelFile],
    published: [python, path.join(scripts, 'published.py'), '1', 'frames', framesFile],
  };
  const rates: { shipped: number; published: number }[] = [];
  const machine = new QuietMachine();
  for (let round = 0; round < rounds; round += 1)
    await machine.during(async () => {
      const found = {
        shipped: await framesPerSecond(sides.shipped),
        published: await framesPerSecond(sides.published),
      };
      console.log(`shots, round ${round + 1} of ${rounds}: ${JSON.stringify(found)} frames/s`);
      rates.push(found);
    });
  const median = (values: number[]): number => percentile(values, 0.5);
  const times = median(rates.map(({ shipped, published }) => shipped / published));
  const [shipped, published] = [median(rates.map((one) => one.shipped)), median(rates.map((one) => one.published))];
  return {
    targets: [
      {
        name: `shots: the model on one core is at least ${wanted.times} times as fast as the published package's`,
        holds: times >= wanted.times,
        found: `${times.toFixed(2)} (${shipped.toFixed(0)} to ${published.toFixed(0)} frames/s)`,
      },
    ],
    figures: {
      shotsFramesPerSecond: Number(shipped.toFixed(1)),
      shotsPublishedFramesPerSecond: Number(published.toFixed(1)),
    },
    details: { archiveSha256, rates },
  };
}

async function framesPerSecond(command: readonly string[]): Promise<number> {
  const { stdout } = await execa('taskset', ['-c', '0', ...command], {
    cwd: root,
    env: { PYTHONPATH: root, PATH: `${path.dirname(places.ffmpeg)}:${process.env['PATH'] ?? ''}` },
    stderr: 'inherit',
  });
  const { seconds, frames } = runSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  return frames / seconds;
}
